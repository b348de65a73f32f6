# Everything a newcomer needs: `make demo` and `make test` set up what they use.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CXX_FILES := $(shell find csrc tests benches -name '*.cpp' -o -name '*.h' -o -name '*.cu')
SOURCES := $(shell find pyjetsim csrc extern cmake -type f -not -name '*.pyc' -not -name '*.so' 2>/dev/null)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Of pytest: files of tests run on two processes, in the order of tests/python/conftest.py; each has one thread.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder
# What was compiled before is not compiled again, where ccache is; folders of other names do not matter to it.
ifneq ($(shell command -v ccache 2>/dev/null),)
  export CMAKE_C_COMPILER_LAUNCHER ?= ccache
  export CMAKE_CXX_COMPILER_LAUNCHER ?= ccache
  export CCACHE_BASEDIR ?= /
  export CCACHE_NOHASHDIR ?= 1
endif

.PHONY: help demo test coverage coverage-cpp lint format bench wheel docs site unpinned clean system system-test
help:
	@echo "make demo    the whole chain, small: collisions, training, bundle, simulation, report"
	@echo "make test    all tests"
	@echo "make coverage  all tests, and what share of each package they cover; TESTS=tests/python/jets: some"
	@echo "make coverage-cpp  the tests in C++, and what share of each folder of csrc they cover"
	@echo "make lint    format, style, types, spelling, and the workflows' files"
	@echo "make bench   all benches, into benches/results/ (close everything else first);"
	@echo "             QUICK=1: a few minutes of them, to try, into build/benches/"
	@echo "make wheel   a source distribution and a wheel of this machine, into dist/"
	@echo "make docs    the documentation's commands, run"
	@echo "make site    the documentation as a site, into build/site"
	@echo "make unpinned  install as a user does, with the newest of everything, and test that"
	@echo "make clean   remove what was built"

system:
	@PYTHON=$(PYTHON) sh tools/system_packages.sh

system-test:
	@PYTHON=$(PYTHON) sh tools/system_packages.sh test

# Changes when libraries come or go that parts of the package are built with: then the package is built again.
build/system.txt: system
	@mkdir -p build
	@sh tools/system_packages.sh found > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(VENV)/.created: constraints.txt | system
	$(PYTHON) -m venv $(VENV)
	$(PIP) -c constraints.txt pip
	@touch $@

# What is tested is the installed package, as users have it. torch comes first: the library that runs bundles with
# libtorch is built where it is.
$(VENV)/.installed: $(VENV)/.created build/system.txt pyproject.toml CMakeLists.txt $(SOURCES)
	$(PIP) -c constraints.txt torch
	$(PIP) -c constraints.txt --build-constraint constraints.txt '.[all]'
	@touch $@

$(VENV)/.dev: $(VENV)/.created pyproject.toml constraints.txt
	$(PIP) -c constraints.txt --group dev
	@touch $@

demo: $(VENV)/.installed
	$(BIN)/pyjetsim quickstart --output quickstart

test: system-test $(VENV)/.installed $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/pytest $(SIDE_BY_SIDE)

# The script, not -m pytest, which would find the sources in this folder before the installed package. A test that fails
# covers what it ran: the figures are made, and then make fails.
coverage: system-test $(VENV)/.installed $(VENV)/.dev
	$(PIP) -c constraints.txt --group coverage
	@rm -rf build/coverage; mkdir -p build/coverage
	OMP_NUM_THREADS=1 $(BIN)/coverage run $(BIN)/pytest $(SIDE_BY_SIDE) $(TESTS); ended=$$?; \
	$(BIN)/coverage combine --quiet && $(BIN)/coverage json --quiet -o build/coverage/python.json && \
	$(BIN)/python tools/coverage_figures.py build/coverage/python.json && \
	$(BIN)/python tools/results_table.py && exit $$ended

# Of the C++ tests alone: what Python's tests run of the compiled parts is not counted. Left out are ThreadSanitizer's
# barriers, which crash with counters, and the test in which no file may grow, the counters' neither.
coverage-cpp: system-test $(VENV)/.installed $(VENV)/.dev
	$(PIP) -c constraints.txt --group coverage
	@mkdir -p build/coverage
	cmake -S tests/cpp -B build/coverage/cpp -DPYJETSIM_COVERAGE=ON -DPython_EXECUTABLE=$(abspath $(BIN)/python)
	cmake --build build/coverage/cpp --parallel 2
	@find build/coverage/cpp -name '*.gcda' -delete
	GTEST_FILTER='-*DiskThatRefuses*' setarch -R ctest --test-dir build/coverage/cpp --output-on-failure -E '^barriers$$'
	$(BIN)/gcovr -j 1 --merge-lines --root . --filter csrc/ --json-summary build/coverage/cpp.json build/coverage/cpp
	$(BIN)/python tools/coverage_figures.py build/coverage/cpp.json
	$(BIN)/python tools/results_table.py

lint: system-test $(VENV)/.installed $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/clang-format --dry-run --Werror $(CXX_FILES)
	$(BIN)/codespell
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/zizmor --offline --quiet --no-progress .github

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/clang-format -i $(CXX_FILES)

# What the kernels are compared with; the benches name those that are missing.
$(VENV)/.bench: $(VENV)/.installed
	$(PIP) -c constraints.txt setuptools
	-$(PIP) --no-build-isolation -c constraints.txt --group bench
	@touch $@

bench: system-test $(VENV)/.bench
ifdef QUICK
	$(BIN)/python tools/run_benches.py --quick
else
	@$(BIN)/python tools/run_benches.py; ended=$$?; \
	$(BIN)/python tools/plot_benches.py && $(BIN)/python tools/results_table.py && exit $$ended
endif

wheel: $(VENV)/.created
	$(PIP) -c constraints.txt --group wheel
	$(BIN)/python tools/build_wheel.py

docs: $(VENV)/.installed $(VENV)/.dev
	$(BIN)/pytest tests/python/test_docs.py

# -P: what is documented is the installed package, not the sources in this folder.
site: $(VENV)/.installed $(VENV)/.dev
	$(BIN)/python -P -m sphinx -q -W --keep-going -b html docs build/site

unpinned:
	PYTHON=$(PYTHON) .ci/unpinned

clean:
	rm -rf $(VENV) build dist quickstart .pytest_cache .mypy_cache .ruff_cache .hypothesis
