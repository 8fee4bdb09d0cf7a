CREATE TABLE `ip_addresses` (
	`id` bigint unsigned NOT NULL,
	`ip_pool_id` bigint unsigned NOT NULL,
	`ipv4` varchar(15) character set ascii collate ascii_bin NOT NULL,
	`ipv6` varchar(45) character set ascii collate ascii_bin,
	`hostname` varchar(255) NOT NULL,
	`priority` int NOT NULL DEFAULT 100,
	`warmup_started_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `ip_addresses_id` PRIMARY KEY(`id`),
	CONSTRAINT `ip_addresses_ipv4` UNIQUE(`ipv4`)
);
--> statement-breakpoint
CREATE TABLE `ip_pool_rules` (
	`id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`organization_id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned,
	`ip_pool_id` bigint unsigned NOT NULL,
	`from_text` text NOT NULL DEFAULT (''),
	`to_text` text NOT NULL DEFAULT (''),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `ip_pool_rules_id` PRIMARY KEY(`id`),
	CONSTRAINT `ip_pool_rules_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `ip_pools` (
	`id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(255) NOT NULL,
	`is_default` boolean NOT NULL DEFAULT false,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `ip_pools_id` PRIMARY KEY(`id`),
	CONSTRAINT `ip_pools_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `mta_sts_policies` (
	`domain` varchar(255) NOT NULL,
	`policy_id` varchar(64) NOT NULL,
	`mode` varchar(8) NOT NULL,
	`hosts` json NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	CONSTRAINT `mta_sts_policies_domain` PRIMARY KEY(`domain`)
);
--> statement-breakpoint
CREATE TABLE `organization_ip_pools` (
	`organization_id` bigint unsigned NOT NULL,
	`ip_pool_id` bigint unsigned NOT NULL,
	CONSTRAINT `organization_ip_pools_organization_id_ip_pool_id_pk` PRIMARY KEY(`organization_id`,`ip_pool_id`)
);
--> statement-breakpoint
CREATE TABLE `relays` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned,
	`domain` varchar(255),
	`host` varchar(255) NOT NULL,
	`port` int NOT NULL DEFAULT 25,
	`tls_mode` varchar(16) NOT NULL DEFAULT 'auto',
	`username` varchar(255),
	`password_sealed` blob,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `relays_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `site_limits` (
	`id` bigint unsigned NOT NULL,
	`site` varchar(255) NOT NULL,
	`source_ip` varchar(45) character set ascii collate ascii_bin NOT NULL DEFAULT '',
	`kind` varchar(16) NOT NULL,
	`amount` int,
	`rule` varchar(64) NOT NULL,
	`reply` varchar(512) NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`until` datetime(3) NOT NULL,
	`lifted_at` datetime(3),
	CONSTRAINT `site_limits_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `warmup_days` (
	`ip_address_id` bigint unsigned NOT NULL,
	`provider` varchar(64) NOT NULL,
	`day` datetime(3) NOT NULL,
	`budget` int NOT NULL,
	`sent` int NOT NULL DEFAULT 0,
	`deferred` int NOT NULL DEFAULT 0,
	CONSTRAINT `warmup_days_ip_address_id_provider_day_pk` PRIMARY KEY(`ip_address_id`,`provider`,`day`)
);
--> statement-breakpoint
CREATE TABLE `delivery_transcripts` (
	`delivery_id` bigint unsigned NOT NULL,
	`message_id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`transcript` mediumtext NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `delivery_transcripts_delivery_id` PRIMARY KEY(`delivery_id`)
);
--> statement-breakpoint
CREATE TABLE `send_minutes` (
	`mail_server_id` bigint unsigned NOT NULL,
	`minute` datetime(3) NOT NULL,
	`node` smallint NOT NULL,
	`messages` int NOT NULL DEFAULT 0,
	CONSTRAINT `send_minutes_mail_server_id_minute_node_pk` PRIMARY KEY(`mail_server_id`,`minute`,`node`)
);
--> statement-breakpoint
ALTER TABLE `mail_servers` ADD `send_limit_approaching_at` datetime(3);--> statement-breakpoint
ALTER TABLE `mail_servers` ADD `send_limit_approaching_notified_at` datetime(3);--> statement-breakpoint
ALTER TABLE `mail_servers` ADD `send_limit_exceeded_at` datetime(3);--> statement-breakpoint
ALTER TABLE `mail_servers` ADD `send_limit_exceeded_notified_at` datetime(3);--> statement-breakpoint
ALTER TABLE `mail_servers` ADD `ip_pool_id` bigint unsigned;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `host` varchar(255);--> statement-breakpoint
ALTER TABLE `deliveries` ADD `source_ip` varchar(45) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `tls_version` varchar(16) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `tls_cipher` varchar(64) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `tls_policy` varchar(16) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `reply_class` varchar(32) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `maybe_duplicate` boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `queue_entries` ADD `counted` boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `ip_addresses_pool` ON `ip_addresses` (`ip_pool_id`);--> statement-breakpoint
CREATE INDEX `ip_pool_rules_owner` ON `ip_pool_rules` (`organization_id`,`mail_server_id`);--> statement-breakpoint
CREATE INDEX `relays_owner` ON `relays` (`mail_server_id`,`domain`);--> statement-breakpoint
CREATE INDEX `site_limits_site` ON `site_limits` (`site`,`until`);--> statement-breakpoint
CREATE INDEX `site_limits_until` ON `site_limits` (`until`);--> statement-breakpoint
CREATE INDEX `delivery_transcripts_message` ON `delivery_transcripts` (`message_id`);--> statement-breakpoint
CREATE INDEX `delivery_transcripts_age` ON `delivery_transcripts` (`created_at`);--> statement-breakpoint
CREATE INDEX `send_minutes_age` ON `send_minutes` (`minute`);--> statement-breakpoint
ALTER TABLE `queue_entries` ADD CONSTRAINT `queue_entries_attempts_counted` CHECK (attempts >= 0);