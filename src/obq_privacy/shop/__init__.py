"""The privacy policy of a shop as code: a whole declaration, to use or to model one's own on.

```python
from obq_privacy import Guard, shop

with Guard.in_memory(policy=shop.POLICY) as guard:
    ...
```

Lay the modules beside the source: `purposes`, `items`, `rules`, `recipients`, `exemptions`, `retention`, `policy`; each
declaration names its clause. `obq_privacy.shop.pipl` is a stricter profile for the law as it stands.
"""

from __future__ import annotations

from obq_privacy.shop import exemptions, items, policy, purposes, recipients, retention, rules
from obq_privacy.shop.policy import POLICY

__all__ = ["POLICY", "exemptions", "items", "policy", "purposes", "recipients", "retention", "rules"]
