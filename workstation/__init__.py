"""The Qt application: it imports only `engine.domain`, `engine.jobs`, `engine.store`; torch never enters it."""
