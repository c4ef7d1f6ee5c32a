"""The two agencies of credit's stories; activity is told of them too."""

from tests.credit.conftest import acme as acme
from tests.credit.conftest import bolt as bolt
