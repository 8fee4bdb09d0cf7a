ALTER TABLE `events` DROP CONSTRAINT `events_kind_known`;--> statement-breakpoint
ALTER TABLE `events` MODIFY COLUMN `message_id` bigint unsigned;--> statement-breakpoint
ALTER TABLE `webhook_attempts` ADD `url` text NOT NULL;--> statement-breakpoint
ALTER TABLE `webhook_requests` ADD `message_id` bigint unsigned;--> statement-breakpoint
ALTER TABLE `webhook_requests` ADD `sequence` int NOT NULL;--> statement-breakpoint
ALTER TABLE `webhook_requests` ADD `signatures` json;--> statement-breakpoint
ALTER TABLE `webhook_requests` ADD `retry_until` datetime(3) NOT NULL;--> statement-breakpoint
ALTER TABLE `events` ADD CONSTRAINT `events_numbered_by_message` CHECK ((message_id is null) = (sequence = 0));--> statement-breakpoint
ALTER TABLE `events` ADD CONSTRAINT `events_kind_known` CHECK (kind in ('sent', 'delayed', 'failed', 'held', 'bounced', 'opened', 'clicked', 'unsubscribed', 'complained', 'hold_cancelled', 'processed', 'dns_error', 'dns_recovered', 'limit_near', 'limit_exceeded'));--> statement-breakpoint
ALTER TABLE `webhook_requests` ADD CONSTRAINT `webhook_requests_held_by_someone` CHECK ((state = 'claimed') = (claimed_by is not null));--> statement-breakpoint
CREATE INDEX `webhook_requests_message` ON `webhook_requests` (`message_id`,`webhook_id`,`sequence`);