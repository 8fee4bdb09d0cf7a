ALTER TABLE `webhooks` ADD `postal_signatures` boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `webhooks` ADD `paused_at` datetime(3);--> statement-breakpoint
ALTER TABLE `webhooks` ADD `owner_told_at` datetime(3);--> statement-breakpoint
ALTER TABLE `webhook_attempts` ADD `request_headers` json;--> statement-breakpoint
ALTER TABLE `webhook_attempts` ADD `response_headers` json;