CREATE TABLE `idempotency_keys` (
	`mail_server_id` bigint unsigned NOT NULL,
	`owner` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`key_hash` binary(32) NOT NULL,
	`request_hash` binary(32) NOT NULL,
	`answer` json NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `idempotency_keys_mail_server_id_owner_key_hash_pk` PRIMARY KEY(`mail_server_id`,`owner`,`key_hash`)
);
--> statement-breakpoint
ALTER TABLE `credentials` ADD `calls_per_minute` int;--> statement-breakpoint
CREATE INDEX `idempotency_keys_age` ON `idempotency_keys` (`created_at`);