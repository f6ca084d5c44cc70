"""Searching a shop: words in either language and what items have → items, and what they can be narrowed down by.

`text` takes texts apart, `index` finds words, `facets` counts what items have, `catalogue` puts it all together, and
`attributes` tells what one item has.
"""

from __future__ import annotations

from kgrec.search.attributes import Attribute as Attribute
from kgrec.search.attributes import Value as Value
from kgrec.search.catalogue import MOST_SHOWN as MOST_SHOWN
from kgrec.search.catalogue import ORDERS as ORDERS
from kgrec.search.catalogue import Asked as Asked
from kgrec.search.catalogue import Catalogue as Catalogue
from kgrec.search.catalogue import Found as Found
from kgrec.search.catalogue import Order as Order
from kgrec.search.catalogue import Standing as Standing
from kgrec.search.facets import Facet as Facet
from kgrec.search.facets import FacetValue as FacetValue
