ALTER TABLE `smtp_endpoints` ADD `protocol` varchar(8) DEFAULT 'smtp' NOT NULL;--> statement-breakpoint
ALTER TABLE `tracking_domains` ADD `offer_unsubscribe` boolean DEFAULT false NOT NULL;