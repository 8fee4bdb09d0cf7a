CREATE TABLE `additional_endpoints` (
	`id` bigint unsigned NOT NULL,
	`route_id` bigint unsigned NOT NULL,
	`endpoint_type` varchar(16) NOT NULL,
	`endpoint_id` bigint unsigned NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `additional_endpoints_id` PRIMARY KEY(`id`),
	CONSTRAINT `additional_endpoints_route` UNIQUE(`route_id`,`endpoint_type`,`endpoint_id`)
);
--> statement-breakpoint
CREATE TABLE `address_endpoints` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`address` varchar(320) NOT NULL,
	`last_used_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `address_endpoints_id` PRIMARY KEY(`id`),
	CONSTRAINT `address_endpoints_uuid` UNIQUE(`uuid`),
	CONSTRAINT `address_endpoints_address` UNIQUE(`mail_server_id`,`address`)
);
--> statement-breakpoint
CREATE TABLE `audit_entries` (
	`id` bigint unsigned NOT NULL,
	`organization_id` bigint unsigned,
	`actor_type` varchar(16) NOT NULL,
	`actor_id` bigint unsigned,
	`action` varchar(64) NOT NULL,
	`subject_type` varchar(32) NOT NULL,
	`subject_id` bigint unsigned,
	`details` json NOT NULL,
	`ip_address` varchar(45),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `audit_entries_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `credentials` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`type` varchar(8) NOT NULL,
	`name` varchar(255) NOT NULL,
	`key_hash` binary(32),
	`key_sealed` blob,
	`key_hint` varchar(8) character set ascii collate ascii_bin,
	`network` varchar(64),
	`hold` boolean NOT NULL DEFAULT false,
	`last_used_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `credentials_id` PRIMARY KEY(`id`),
	CONSTRAINT `credentials_key_hash` UNIQUE(`key_hash`),
	CONSTRAINT `credentials_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `dkim_keys` (
	`id` bigint unsigned NOT NULL,
	`domain_id` bigint unsigned,
	`selector` varchar(63) NOT NULL,
	`algorithm` varchar(16) NOT NULL,
	`private_key_sealed` blob NOT NULL,
	`public_key` text NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`retired_at` datetime(3),
	CONSTRAINT `dkim_keys_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `domains` (
	`id` bigint unsigned NOT NULL,
	`organization_id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(255) NOT NULL,
	`verification_method` varchar(8) NOT NULL DEFAULT 'dns',
	`verification_token` varchar(32) character set ascii collate ascii_bin NOT NULL,
	`verified_at` datetime(3),
	`use_for_any` boolean NOT NULL DEFAULT false,
	`dns_checked_at` datetime(3),
	`spf_status` varchar(8),
	`spf_error` varchar(500),
	`dkim_status` varchar(8),
	`dkim_error` varchar(500),
	`mx_status` varchar(8),
	`mx_error` varchar(500),
	`return_path_status` varchar(8),
	`return_path_error` varchar(500),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `domains_id` PRIMARY KEY(`id`),
	CONSTRAINT `domains_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `http_endpoints` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(255) NOT NULL,
	`url` text NOT NULL,
	`encoding` varchar(8) NOT NULL DEFAULT 'json',
	`format` varchar(16) NOT NULL DEFAULT 'processed',
	`strip_replies` boolean NOT NULL DEFAULT false,
	`include_attachments` boolean NOT NULL DEFAULT true,
	`timeout_seconds` int NOT NULL DEFAULT 5,
	`last_used_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `http_endpoints_id` PRIMARY KEY(`id`),
	CONSTRAINT `http_endpoints_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `installation_keys` (
	`purpose` varchar(16) NOT NULL,
	`key_id` tinyint unsigned NOT NULL,
	`secret_sealed` blob NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`retired_at` datetime(3),
	CONSTRAINT `installation_keys_purpose_key_id_pk` PRIMARY KEY(`purpose`,`key_id`)
);
--> statement-breakpoint
CREATE TABLE `mail_servers` (
	`id` bigint unsigned NOT NULL,
	`organization_id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(255) NOT NULL,
	`permalink` varchar(100) NOT NULL,
	`token` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`mode` varchar(16) NOT NULL DEFAULT 'live',
	`send_limit` int,
	`allow_sender` boolean NOT NULL DEFAULT false,
	`privacy_mode` boolean NOT NULL DEFAULT false,
	`log_smtp_data` boolean NOT NULL DEFAULT false,
	`spam_threshold` decimal(8,2) NOT NULL DEFAULT 5,
	`spam_failure_threshold` decimal(8,2) NOT NULL DEFAULT 20,
	`outbound_spam_threshold` decimal(8,2),
	`postmaster_address` varchar(320),
	`message_retention_days` int DEFAULT 60,
	`raw_retention_days` int DEFAULT 30,
	`raw_retention_megabytes` int DEFAULT 2048,
	`suspended_at` datetime(3),
	`suspension_reason` varchar(255),
	`deleted_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `mail_servers_id` PRIMARY KEY(`id`),
	CONSTRAINT `mail_servers_permalink` UNIQUE(`organization_id`,`permalink`),
	CONSTRAINT `mail_servers_token` UNIQUE(`token`),
	CONSTRAINT `mail_servers_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `memberships` (
	`organization_id` bigint unsigned NOT NULL,
	`user_id` bigint unsigned NOT NULL,
	`role` varchar(16) NOT NULL DEFAULT 'member',
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `memberships_organization_id_user_id_pk` PRIMARY KEY(`organization_id`,`user_id`)
);
--> statement-breakpoint
CREATE TABLE `node_leases` (
	`node` smallint NOT NULL,
	`lease` bigint unsigned NOT NULL,
	`role` varchar(16) NOT NULL,
	`holder` varchar(255) NOT NULL,
	`leased_until` datetime(3) NOT NULL,
	CONSTRAINT `node_leases_node` PRIMARY KEY(`node`),
	CONSTRAINT `node_leases_lease` UNIQUE(`lease`)
);
--> statement-breakpoint
CREATE TABLE `organizations` (
	`id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(255) NOT NULL,
	`permalink` varchar(100) NOT NULL,
	`time_zone` varchar(64) NOT NULL DEFAULT 'UTC',
	`suspended_at` datetime(3),
	`suspension_reason` varchar(255),
	`deleted_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `organizations_id` PRIMARY KEY(`id`),
	CONSTRAINT `organizations_permalink` UNIQUE(`permalink`),
	CONSTRAINT `organizations_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `routes` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`domain_id` bigint unsigned,
	`name` varchar(64) NOT NULL,
	`token` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`mode` varchar(16) NOT NULL,
	`spam_mode` varchar(16) NOT NULL DEFAULT 'mark',
	`endpoint_type` varchar(16),
	`endpoint_id` bigint unsigned,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `routes_id` PRIMARY KEY(`id`),
	CONSTRAINT `routes_token` UNIQUE(`token`),
	CONSTRAINT `routes_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` bigint unsigned NOT NULL,
	`user_id` bigint unsigned NOT NULL,
	`token_hash` binary(32) NOT NULL,
	`ip_address` varchar(45) NOT NULL,
	`user_agent` varchar(500) NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`last_seen_at` datetime(3) NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	CONSTRAINT `sessions_id` PRIMARY KEY(`id`),
	CONSTRAINT `sessions_token_hash` UNIQUE(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `smtp_endpoints` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(255) NOT NULL,
	`hostname` varchar(255) NOT NULL,
	`port` int,
	`tls_mode` varchar(16) NOT NULL DEFAULT 'auto',
	`username` varchar(255),
	`password_sealed` blob,
	`last_used_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `smtp_endpoints_id` PRIMARY KEY(`id`),
	CONSTRAINT `smtp_endpoints_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `throttles` (
	`kind` varchar(16) NOT NULL,
	`subject` varchar(255) NOT NULL,
	`failures` int NOT NULL,
	`window_started_at` datetime(3) NOT NULL,
	`blocked_until` datetime(3),
	CONSTRAINT `throttles_kind_subject_pk` PRIMARY KEY(`kind`,`subject`)
);
--> statement-breakpoint
CREATE TABLE `tracking_domains` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`domain_id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`host` varchar(255) NOT NULL,
	`tls` boolean NOT NULL DEFAULT true,
	`track_clicks` boolean NOT NULL DEFAULT true,
	`track_opens` boolean NOT NULL DEFAULT true,
	`excluded_click_domains` text NOT NULL DEFAULT (''),
	`dns_checked_at` datetime(3),
	`dns_status` varchar(8),
	`dns_error` varchar(500),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `tracking_domains_id` PRIMARY KEY(`id`),
	CONSTRAINT `tracking_domains_uuid` UNIQUE(`uuid`),
	CONSTRAINT `tracking_domains_domain` UNIQUE(`mail_server_id`,`domain_id`)
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`email_address` varchar(320) NOT NULL,
	`first_name` varchar(100) NOT NULL,
	`last_name` varchar(100) NOT NULL DEFAULT '',
	`password_hash` varchar(255),
	`admin` boolean NOT NULL DEFAULT false,
	`time_zone` varchar(64) NOT NULL DEFAULT 'UTC',
	`disabled_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `users_id` PRIMARY KEY(`id`),
	CONSTRAINT `users_email_address` UNIQUE(`email_address`),
	CONSTRAINT `users_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(255) NOT NULL,
	`url` text NOT NULL,
	`all_events` boolean NOT NULL DEFAULT true,
	`events` json NOT NULL,
	`enabled` boolean NOT NULL DEFAULT true,
	`secret_sealed` blob NOT NULL,
	`previous_secret_sealed` blob,
	`failures_in_a_row` int NOT NULL DEFAULT 0,
	`open_until` datetime(3),
	`last_used_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `webhooks_id` PRIMARY KEY(`id`),
	CONSTRAINT `webhooks_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` bigint unsigned NOT NULL,
	`message_id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`status` varchar(16) NOT NULL,
	`details` varchar(512) NOT NULL,
	`output` varchar(512) NOT NULL,
	`sent_with_tls` boolean,
	`log_id` varchar(16) character set ascii collate ascii_bin,
	`ms` int,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `deliveries_id` PRIMARY KEY(`id`),
	CONSTRAINT `deliveries_status_known` CHECK(status in ('sent', 'soft_failed', 'hard_failed', 'held', 'bounced', 'processed', 'hold_cancelled', 'error'))
);
--> statement-breakpoint
CREATE TABLE `event_outbox` (
	`event_id` bigint unsigned NOT NULL,
	CONSTRAINT `event_outbox_event_id` PRIMARY KEY(`event_id`)
);
--> statement-breakpoint
CREATE TABLE `events` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`message_id` bigint unsigned NOT NULL,
	`sequence` int NOT NULL,
	`kind` varchar(16) NOT NULL,
	`at` datetime(3) NOT NULL,
	`data` json NOT NULL,
	CONSTRAINT `events_id` PRIMARY KEY(`id`),
	CONSTRAINT `events_message` UNIQUE(`message_id`,`sequence`),
	CONSTRAINT `events_kind_known` CHECK(kind in ('sent', 'delayed', 'failed', 'held', 'bounced', 'opened', 'clicked', 'unsubscribed', 'complained', 'hold_cancelled', 'processed'))
);
--> statement-breakpoint
CREATE TABLE `ingested_events` (
	`ulid` varchar(26) character set ascii collate ascii_bin NOT NULL,
	`ingested_at` datetime(3) NOT NULL,
	CONSTRAINT `ingested_events_ulid` PRIMARY KEY(`ulid`)
);
--> statement-breakpoint
CREATE TABLE `messages` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`raw_mail_id` bigint unsigned NOT NULL,
	`token` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`scope` varchar(8) NOT NULL,
	`status` varchar(16) NOT NULL DEFAULT 'pending',
	`rcpt_to` varchar(320) NOT NULL,
	`mail_from` varchar(320) NOT NULL,
	`subject` varchar(998),
	`message_id` varchar(998),
	`size` int unsigned NOT NULL,
	`domain_id` bigint unsigned,
	`credential_id` bigint unsigned,
	`route_id` bigint unsigned,
	`endpoint_type` varchar(8),
	`endpoint_id` bigint unsigned,
	`bounce` boolean NOT NULL DEFAULT false,
	`bounce_for_id` bigint unsigned,
	`tag` varchar(255),
	`received_with_tls` boolean NOT NULL DEFAULT false,
	`spam_score` int,
	`threat` varchar(255),
	`event_sequence` int NOT NULL DEFAULT 0,
	`hold_expires_at` datetime(3),
	`last_delivery_at` datetime(3),
	`opened_at` datetime(3),
	`clicked_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `messages_id` PRIMARY KEY(`id`),
	CONSTRAINT `messages_scope_known` CHECK(scope in ('outgoing', 'incoming')),
	CONSTRAINT `messages_status_known` CHECK(status in ('pending', 'sent', 'soft_failed', 'hard_failed', 'held', 'bounced', 'processed', 'hold_cancelled', 'error'))
);
--> statement-breakpoint
CREATE TABLE `queue_entries` (
	`message_id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`raw_mail_id` bigint unsigned NOT NULL,
	`scope` varchar(8) NOT NULL,
	`domain` varchar(255) NOT NULL,
	`priority` tinyint unsigned NOT NULL DEFAULT 0,
	`state` varchar(8) NOT NULL DEFAULT 'ready',
	`due_at` datetime(3) NOT NULL,
	`attempts` int NOT NULL DEFAULT 0,
	`manual` boolean NOT NULL DEFAULT false,
	`uncertain` boolean NOT NULL DEFAULT false,
	`claimed_by` bigint unsigned,
	`expires_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `queue_entries_message_id` PRIMARY KEY(`message_id`),
	CONSTRAINT `queue_entries_state_known` CHECK(state in ('ready', 'claimed', 'sending')),
	CONSTRAINT `queue_entries_held_by_someone` CHECK((state = 'ready') = (claimed_by is null))
);
--> statement-breakpoint
CREATE TABLE `raw_mails` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`size` int unsigned NOT NULL,
	`data` longblob NOT NULL,
	CONSTRAINT `raw_mails_id` PRIMARY KEY(`id`)
)
PARTITION BY RANGE (`id`) (PARTITION `later` VALUES LESS THAN MAXVALUE);
--> statement-breakpoint
CREATE TABLE `statistics` (
	`mail_server_id` bigint unsigned NOT NULL,
	`hour` datetime(3) NOT NULL,
	`node` smallint NOT NULL,
	`incoming` int NOT NULL DEFAULT 0,
	`outgoing` int NOT NULL DEFAULT 0,
	`sent` int NOT NULL DEFAULT 0,
	`delayed` int NOT NULL DEFAULT 0,
	`failed` int NOT NULL DEFAULT 0,
	`held` int NOT NULL DEFAULT 0,
	`bounced` int NOT NULL DEFAULT 0,
	`opened` int NOT NULL DEFAULT 0,
	`clicked` int NOT NULL DEFAULT 0,
	CONSTRAINT `statistics_mail_server_id_hour_node_pk` PRIMARY KEY(`mail_server_id`,`hour`,`node`)
);
--> statement-breakpoint
CREATE TABLE `suppressions` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`address` varchar(320) NOT NULL,
	`reason` varchar(255) NOT NULL,
	`source` varchar(16) NOT NULL,
	`keep_until` datetime(3),
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `suppressions_id` PRIMARY KEY(`id`),
	CONSTRAINT `suppressions_address` UNIQUE(`mail_server_id`,`address`)
);
--> statement-breakpoint
CREATE TABLE `webhook_attempts` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`webhook_id` bigint unsigned NOT NULL,
	`request_id` bigint unsigned NOT NULL,
	`attempt` int NOT NULL,
	`status_code` int NOT NULL,
	`ms` int NOT NULL,
	`response_body` mediumtext NOT NULL,
	`will_retry` boolean NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `webhook_attempts_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `webhook_requests` (
	`id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`webhook_id` bigint unsigned NOT NULL,
	`event_id` bigint unsigned NOT NULL,
	`uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`event` varchar(64) NOT NULL,
	`body` mediumtext NOT NULL,
	`state` varchar(16) NOT NULL DEFAULT 'ready',
	`attempts` int NOT NULL DEFAULT 0,
	`due_at` datetime(3) NOT NULL,
	`claimed_by` bigint unsigned,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `webhook_requests_id` PRIMARY KEY(`id`),
	CONSTRAINT `webhook_requests_event` UNIQUE(`event_id`,`webhook_id`),
	CONSTRAINT `webhook_requests_state_known` CHECK(state in ('ready', 'claimed', 'delivered', 'dead'))
);
--> statement-breakpoint
CREATE INDEX `audit_entries_organization` ON `audit_entries` (`organization_id`,`id`);--> statement-breakpoint
CREATE INDEX `credentials_mail_server` ON `credentials` (`mail_server_id`,`type`);--> statement-breakpoint
CREATE INDEX `credentials_type` ON `credentials` (`type`);--> statement-breakpoint
CREATE INDEX `dkim_keys_domain` ON `dkim_keys` (`domain_id`);--> statement-breakpoint
CREATE INDEX `domains_name` ON `domains` (`name`);--> statement-breakpoint
CREATE INDEX `domains_organization` ON `domains` (`organization_id`,`mail_server_id`);--> statement-breakpoint
CREATE INDEX `http_endpoints_mail_server` ON `http_endpoints` (`mail_server_id`);--> statement-breakpoint
CREATE INDEX `memberships_user` ON `memberships` (`user_id`);--> statement-breakpoint
CREATE INDEX `routes_domain` ON `routes` (`domain_id`,`name`);--> statement-breakpoint
CREATE INDEX `routes_mail_server` ON `routes` (`mail_server_id`,`name`);--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `smtp_endpoints_mail_server` ON `smtp_endpoints` (`mail_server_id`);--> statement-breakpoint
CREATE INDEX `throttles_window` ON `throttles` (`window_started_at`);--> statement-breakpoint
CREATE INDEX `tracking_domains_host` ON `tracking_domains` (`host`);--> statement-breakpoint
CREATE INDEX `webhooks_mail_server` ON `webhooks` (`mail_server_id`);--> statement-breakpoint
CREATE INDEX `deliveries_message` ON `deliveries` (`message_id`,`id`);--> statement-breakpoint
CREATE INDEX `events_mail_server` ON `events` (`mail_server_id`,`id`);--> statement-breakpoint
CREATE INDEX `ingested_events_age` ON `ingested_events` (`ingested_at`);--> statement-breakpoint
CREATE INDEX `messages_mail_server` ON `messages` (`mail_server_id`,`id`);--> statement-breakpoint
CREATE INDEX `messages_status` ON `messages` (`mail_server_id`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `messages_rcpt_to` ON `messages` (`mail_server_id`,`rcpt_to`,`id`);--> statement-breakpoint
CREATE INDEX `messages_token` ON `messages` (`token`);--> statement-breakpoint
CREATE INDEX `queue_entries_due` ON `queue_entries` (`state`,`priority`,`due_at`);--> statement-breakpoint
CREATE INDEX `queue_entries_claimed` ON `queue_entries` (`claimed_by`);--> statement-breakpoint
CREATE INDEX `queue_entries_mail_server` ON `queue_entries` (`mail_server_id`,`message_id`);--> statement-breakpoint
CREATE INDEX `suppressions_keep_until` ON `suppressions` (`keep_until`);--> statement-breakpoint
CREATE INDEX `webhook_attempts_request` ON `webhook_attempts` (`request_id`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_attempts_mail_server` ON `webhook_attempts` (`mail_server_id`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_requests_due` ON `webhook_requests` (`state`,`webhook_id`,`due_at`);--> statement-breakpoint
CREATE INDEX `webhook_requests_claimed` ON `webhook_requests` (`claimed_by`);--> statement-breakpoint
CREATE INDEX `webhook_requests_mail_server` ON `webhook_requests` (`mail_server_id`,`id`);
--> statement-breakpoint
INSERT INTO `node_leases` (`node`, `lease`, `role`, `holder`, `leased_until`) VALUES (0, 0, '', '', '2026-01-01'), (1, 1, '', '', '2026-01-01'), (2, 2, '', '', '2026-01-01'), (3, 3, '', '', '2026-01-01'), (4, 4, '', '', '2026-01-01'), (5, 5, '', '', '2026-01-01'), (6, 6, '', '', '2026-01-01'), (7, 7, '', '', '2026-01-01'), (8, 8, '', '', '2026-01-01'), (9, 9, '', '', '2026-01-01'), (10, 10, '', '', '2026-01-01'), (11, 11, '', '', '2026-01-01'), (12, 12, '', '', '2026-01-01'), (13, 13, '', '', '2026-01-01'), (14, 14, '', '', '2026-01-01'), (15, 15, '', '', '2026-01-01'), (16, 16, '', '', '2026-01-01'), (17, 17, '', '', '2026-01-01'), (18, 18, '', '', '2026-01-01'), (19, 19, '', '', '2026-01-01'), (20, 20, '', '', '2026-01-01'), (21, 21, '', '', '2026-01-01'), (22, 22, '', '', '2026-01-01'), (23, 23, '', '', '2026-01-01'), (24, 24, '', '', '2026-01-01'), (25, 25, '', '', '2026-01-01'), (26, 26, '', '', '2026-01-01'), (27, 27, '', '', '2026-01-01'), (28, 28, '', '', '2026-01-01'), (29, 29, '', '', '2026-01-01'), (30, 30, '', '', '2026-01-01'), (31, 31, '', '', '2026-01-01'), (32, 32, '', '', '2026-01-01'), (33, 33, '', '', '2026-01-01'), (34, 34, '', '', '2026-01-01'), (35, 35, '', '', '2026-01-01'), (36, 36, '', '', '2026-01-01'), (37, 37, '', '', '2026-01-01'), (38, 38, '', '', '2026-01-01'), (39, 39, '', '', '2026-01-01'), (40, 40, '', '', '2026-01-01'), (41, 41, '', '', '2026-01-01'), (42, 42, '', '', '2026-01-01'), (43, 43, '', '', '2026-01-01'), (44, 44, '', '', '2026-01-01'), (45, 45, '', '', '2026-01-01'), (46, 46, '', '', '2026-01-01'), (47, 47, '', '', '2026-01-01'), (48, 48, '', '', '2026-01-01'), (49, 49, '', '', '2026-01-01'), (50, 50, '', '', '2026-01-01'), (51, 51, '', '', '2026-01-01'), (52, 52, '', '', '2026-01-01'), (53, 53, '', '', '2026-01-01'), (54, 54, '', '', '2026-01-01'), (55, 55, '', '', '2026-01-01'), (56, 56, '', '', '2026-01-01'), (57, 57, '', '', '2026-01-01'), (58, 58, '', '', '2026-01-01'), (59, 59, '', '', '2026-01-01'), (60, 60, '', '', '2026-01-01'), (61, 61, '', '', '2026-01-01'), (62, 62, '', '', '2026-01-01'), (63, 63, '', '', '2026-01-01');
