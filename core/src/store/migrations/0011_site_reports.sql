CREATE TABLE `site_domains` (
	`domain` varchar(255) NOT NULL,
	`site` varchar(255) NOT NULL,
	`seen_at` datetime(3) NOT NULL,
	CONSTRAINT `site_domains_domain` PRIMARY KEY(`domain`)
);
--> statement-breakpoint
CREATE TABLE `site_hours` (
	`hour` datetime(3) NOT NULL,
	`site` varchar(255) NOT NULL,
	`node` smallint NOT NULL,
	`sent` int NOT NULL DEFAULT 0,
	`delayed` int NOT NULL DEFAULT 0,
	`failed` int NOT NULL DEFAULT 0,
	`dead` boolean NOT NULL,
	`tried_at` datetime(3) NOT NULL,
	`host` varchar(255),
	`reply` varchar(512),
	`reply_class` varchar(32) character set ascii collate ascii_bin,
	`replied_at` datetime(3),
	CONSTRAINT `site_hours_hour_site_node_pk` PRIMARY KEY(`hour`,`site`,`node`)
);
--> statement-breakpoint
CREATE INDEX `site_domains_site` ON `site_domains` (`site`,`seen_at`);--> statement-breakpoint
CREATE INDEX `site_domains_seen` ON `site_domains` (`seen_at`);