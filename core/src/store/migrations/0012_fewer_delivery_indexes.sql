DROP INDEX `delivery_transcripts_message` ON `delivery_transcripts`;--> statement-breakpoint
DROP INDEX `delivery_transcripts_age` ON `delivery_transcripts`;--> statement-breakpoint
DROP INDEX `queue_entries_claimed` ON `queue_entries`;--> statement-breakpoint
DROP INDEX `queue_entries_due` ON `queue_entries`;--> statement-breakpoint
CREATE INDEX `queue_entries_due` ON `queue_entries` (`claimed_by`,`priority`,`mail_server_id`,`due_at`);--> statement-breakpoint
ALTER TABLE `delivery_transcripts` DROP COLUMN `message_id`;--> statement-breakpoint
ALTER TABLE `delivery_transcripts` DROP COLUMN `created_at`;