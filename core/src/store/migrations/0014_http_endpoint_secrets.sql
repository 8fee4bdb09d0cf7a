ALTER TABLE `http_endpoints` ADD `secret_sealed` blob;--> statement-breakpoint
ALTER TABLE `http_endpoints` ADD `previous_secret_sealed` blob;--> statement-breakpoint
ALTER TABLE `http_endpoints` ADD `postal_signatures` boolean DEFAULT true NOT NULL;