"""Links and anchors as GitHub understands them."""

from __future__ import annotations

import unittest

from course import markdown


class Markdown(unittest.TestCase):
    def test_anchors(self) -> None:
        text = """# The `Ring`: a queue
## Why not locks?
## Why not locks?
### C++20 & you_too
#### [A link](x.md) with **bold**
## Trailing ##
```
# not a heading
```
<a id="here"></a>
"""
        wanted = {"the-ring-a-queue", "why-not-locks", "why-not-locks-1", "c20--you_too", "a-link-with-bold", "trailing"}
        self.assertEqual(markdown.anchors(text), wanted | {"here"})

    def test_links(self) -> None:
        text = """[a](one.md) ![b](two.svg "title") [c [d]](three.md#x) <img src="four.png" alt="">
`[no](code.md)` ``[no `](code.md)`` [`code`](five.md) [ref]: not at the beginning
[ref]: six.md
[paren](seven(1).md) [angle](<eight.md>)
~~~
[no](fence.md)
~~~
"""
        found = [link.target for link in markdown.links(text)]
        self.assertEqual(sorted(found), sorted(
            ["one.md", "two.svg", "three.md#x", "four.png", "five.md", "six.md", "seven(1).md", "eight.md"]
        ))  # fmt: skip

    def test_fences(self) -> None:
        text = "a\n````\n```\nb\n```\n````\nc\n   ```cpp\nd\n```not the end\n```\ne"
        self.assertEqual([line for _, line in markdown.prose(text)], ["a", "c", "e"])


if __name__ == "__main__":
    unittest.main()
