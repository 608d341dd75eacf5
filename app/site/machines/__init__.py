"""What machines read: feeds, sitemaps, oEmbed. Those that write know no tables, those that read no request."""
