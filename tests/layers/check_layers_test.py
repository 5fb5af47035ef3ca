"""Tests that check_layers.py finds what it is there to find."""

import pathlib
import tempfile
import unittest

import check_layers


class CheckLayers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("src/core/shape.cpp", '#include "weft/shape.h"\n')
        self.write("include/weft/shape.h", "#include <string>\n")
        self.write("src/compile/ir.h", '#include "weft/shape.h"\n')

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def problems(self):
        return check_layers.check(self.root)

    def test_downwards_is_fine(self):
        self.write("ops/relu.cpp", '#include "weft/shape.h"\n')
        self.write("src/runtime/run.cpp", '#include "src/compile/ir.h"\n')
        self.write("tests/core/a_test.cpp", '#include "src/compile/ir.h"\n')
        self.assertEqual(self.problems(), [])

    def test_upwards_is_found(self):
        self.write("src/core/a.h", '  #  include "src/compile/ir.h"\n')
        self.assertIn("src/core/a.h:1", self.problems()[0])

    def test_public_header_upwards_is_found(self):
        self.write("include/weft/shape.h", "#include <weft/ops.h>\n")
        self.assertIn("must not include ops", self.problems()[0])

    def test_sideways_is_found(self):
        self.write("src/runtime/run.h", "")
        self.write("src/compile/a.cpp", '#include "src/runtime/run.h"\n')
        self.assertEqual(len(self.problems()), 1)

    def test_io_modules_are_apart(self):
        self.write("src/io/npy.h", "")
        self.write("src/io/npy_write.cpp", '#include "src/io/npy.h"\n')
        self.write("src/io/common/bytes.h", "")
        self.write("src/io/dot.h", '#include "src/io/common/bytes.h"\n')
        self.assertEqual(self.problems(), [])
        self.write("src/io/onnx/a.cpp", '#include "src/io/npy.h"\n')
        self.assertIn("do not see each other", self.problems()[0])

    def test_tests_are_not_included(self):
        self.write("src/core/a.h", '#include "tests/catch.h"\n')
        self.assertEqual(len(self.problems()), 1)

    def test_unknown_header_is_found(self):
        self.write("include/weft/orphan.h", "")
        self.assertIn("orphan", self.problems()[0])

    def test_long_file_is_found(self):
        self.write("src/core/a.cpp", "\n" * check_layers.MAX_LINES)
        self.assertEqual(self.problems(), [])
        self.write("src/core/a.cpp", "\n" * (check_layers.MAX_LINES + 1))
        self.assertIn("401 lines", self.problems()[0])


if __name__ == "__main__":
    unittest.main()
