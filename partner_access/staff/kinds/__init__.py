"""The kinds of decisions in the queue, a module each: what is known, what may be answered, what the rules say."""
