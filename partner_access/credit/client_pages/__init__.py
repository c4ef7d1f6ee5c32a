"""The pages that clients see: a partner's landing page, the hand-over, who manages their account."""
