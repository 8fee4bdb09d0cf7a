DROP INDEX `queue_entries_due` ON `queue_entries`;--> statement-breakpoint
CREATE INDEX `queue_entries_due` ON `queue_entries` (`state`,`priority`,`mail_server_id`,`due_at`);