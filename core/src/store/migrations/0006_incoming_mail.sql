CREATE TABLE `message_inspections` (
	`message_id` bigint unsigned NOT NULL,
	`mail_server_id` bigint unsigned NOT NULL,
	`spam` boolean NOT NULL,
	`spam_score` decimal(8,2) NOT NULL,
	`threat` boolean NOT NULL,
	`threat_details` varchar(255) NOT NULL,
	`checks` json NOT NULL,
	`authentication` json,
	`report` json,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `message_inspections_message_id` PRIMARY KEY(`message_id`)
);
--> statement-breakpoint
ALTER TABLE `mail_servers` ADD `virus_mode` varchar(8) DEFAULT 'hold' NOT NULL;--> statement-breakpoint
CREATE INDEX `message_inspections_mail_server` ON `message_inspections` (`mail_server_id`,`message_id`);--> statement-breakpoint
CREATE INDEX `message_inspections_age` ON `message_inspections` (`created_at`);