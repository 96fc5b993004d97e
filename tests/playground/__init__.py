"""What several kinds of tests stand on: the whole product beside the whole sandbox, in one process."""
