"""Why a model says what it says: evidence maps of every image branch, and how they are drawn."""
