CREATE TABLE `worker_addresses` (
	`node` smallint NOT NULL,
	`machine` varchar(255) NOT NULL,
	`addresses` json NOT NULL,
	`seen_at` datetime(3) NOT NULL,
	CONSTRAINT `worker_addresses_node` PRIMARY KEY(`node`)
);
--> statement-breakpoint
ALTER TABLE `ip_addresses` ADD `warmup_ended_at` datetime(3);--> statement-breakpoint
ALTER TABLE `deliveries` ADD `tls_resumed` boolean;