"""Social: who follows whom, what people say of works and to each other in public, and the feed made of it."""
