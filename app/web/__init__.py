"""What every page needs: htmx replies, error pages, security headers, keyset pages, filters, assets."""
