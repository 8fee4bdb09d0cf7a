ALTER TABLE `message_inspections` ADD `incomplete` boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `message_inspections` DROP COLUMN `spam`;