# shellcheck shell=bash
# What must be there before Latchkey is built, run or tested, and how it is brought up to date. Sourced by the scripts
# beside this folder. Every step looks first and does nothing when nothing changed.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

# Everything that the server needs: packages, Node, npm packages, generated files, addon, JavaScript. Speaks on stderr.
set_up() {
  {
    use_node
    is_built && return
    build
  } >&2
}

# As set_up, with what tests and benchmarks need besides.
set_up_for_tests() {
  {
    install_test_tools
    build
    build_test_addon
  } >&2
}

# Everything that tests need and that is not made from the sources.
install_test_tools() {
  {
    require_packages test
    use_node
    one_at_a_time install_dependencies
    one_at_a_time install_python_tools
    PATH="$PWD/build/venv/bin:$PATH"
  } >&2
}

# Node ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

# Puts a Node that strips types (22.18, 24) first in PATH: the machine's, or else the one of script/toolchain, in .tools.
use_node() {
  if ! node_is_recent; then
    one_at_a_time install_node
    PATH="$PWD/.tools/node_modules/.bin:$PATH"
  fi
  PATH="$PWD/node_modules/.bin:$PATH"
}

node_is_recent() {
  local version major minor
  version=$(node --version 2>/dev/null) || return 1
  IFS=. read -r major minor _ <<<"${version#v}"
  ((major >= 24 || (major == 22 && minor >= 18)))
}

install_node() {
  local lock=script/toolchain/package-lock.json
  has_stamp .tools/.stamp "$lock" && return
  require_packages run
  echo 'Installing Node into .tools …'
  rm -rf build/tools
  mkdir -p build/tools
  cp script/toolchain/package.json "$lock" build/tools/
  (cd build/tools && npm ci --include=optional --ignore-scripts --no-audit --no-fund)
  # npm 9 forgets this link when it drops the package for the other processor.
  (cd build/tools/node_modules/.bin && ln -sf ../node-linux-*/bin/node node)
  stamp build/tools/.stamp "$lock"
  rm -rf .tools
  mv build/tools .tools
}

install_dependencies() {
  has_stamp node_modules/.stamp package-lock.json && return
  require_packages run
  echo 'Installing npm packages …'
  npm ci
  stamp node_modules/.stamp package-lock.json
}

# Build ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

generator_inputs=(proto buf.yaml script/generate.ts node_modules/.stamp)
addon_inputs=(native CMakeLists.txt node_modules/.stamp)
dist_inputs=(src tsconfig.json tsconfig.build.json tsconfig.client.json node_modules/.stamp)

is_built() {
  has_stamp node_modules/.stamp package-lock.json &&
    is_newer src/generated/.stamp "${generator_inputs[@]}" &&
    is_newer build/Release/.stamp "${addon_inputs[@]}" &&
    is_newer dist/.stamp "${dist_inputs[@]}"
}

build() {
  require_packages run
  one_at_a_time build_all
}

build_all() {
  install_dependencies
  make_if_older src/generated/.stamp generate "${generator_inputs[@]}"
  make_if_older build/Release/.stamp build_addon "${addon_inputs[@]}"
  make_if_older dist/.stamp compile "${dist_inputs[@]}"
}

generate() {
  echo 'Generating from proto/ …'
  node script/generate.ts
}

build_addon() {
  echo 'Building the addon …'
  is_configured "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" || configure_addon
  cmake --build build --target latchkey --parallel "$(nproc)"
}

build_test_addon() {
  is_configured LATCHKEY_TESTS:BOOL=ON || cmake-js configure --out build --log-level error --CDLATCHKEY_TESTS=ON
  cmake --build build --target latchkey_internals --parallel "$(nproc)"
}

is_configured() {
  grep --quiet --line-regexp --fixed-strings "$1" build/CMakeCache.txt 2>/dev/null
}

# Anew: CMake refuses a cache that was made in another place.
configure_addon() {
  rm -rf build/CMakeCache.txt build/CMakeFiles
  cmake-js configure --out build --log-level error
}

compile() {
  echo 'Compiling TypeScript …'
  rm -rf dist
  tsc --project tsconfig.build.json
  # The declarations of what package.json exports, and of no more.
  tsc --project tsconfig.client.json
}

# Python, for tests only: the formatter of C++ in one version for every Debian, and what the Python suites import.
install_python_tools() {
  local -a requirements=(script/toolchain/requirements.txt)
  [[ -e test/python/requirements.txt ]] && requirements+=(test/python/requirements.txt)
  has_stamp build/venv/.stamp "${requirements[@]}" && return
  echo 'Installing Python packages into build/venv …'
  rm -rf build/venv
  python3 -m venv build/venv
  build/venv/bin/pip install --quiet "${requirements[@]/#/--requirement=}"
  stamp build/venv/.stamp "${requirements[@]}"
}

# Packages of the system ────────────────────────────────────────────────────────────────────────────────────────────

# Installs what is missing where that is allowed; otherwise says the line that does it and ends the script.
require_packages() {
  local -a missing
  mapfile -t missing < <(missing_packages "$1")
  ((${#missing[@]} > 0)) || return 0
  if ! command -v apt-get >/dev/null; then
    echo "Latchkey needs what Debian calls: ${missing[*]}. Install it and start again."
    exit 1
  fi
  local install="apt-get update; DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${missing[*]}"
  if ((EUID == 0)); then
    echo "Installing packages: ${missing[*]} …"
    sh -c "$install"
  elif sudo -n true 2>/dev/null; then
    echo "Installing packages with sudo: ${missing[*]} …"
    sudo -n sh -c "$install"
  else
    echo 'Latchkey needs packages of the system that are not here. Run this line, then start again:'
    if command -v sudo >/dev/null; then echo "  sudo sh -c '$install'"; else echo "  su -c '$install'"; fi
    exit 1
  fi
}

# Prints the Debian packages that are missing, one a line. Asks for what they bring, so that other sources of it count.
missing_packages() {
  lacks g++ && echo g++
  lacks make && echo make
  lacks cmake && echo cmake
  lacks /usr/include/openssl/evp.h && echo libssl-dev
  lacks /etc/ssl/certs/ca-certificates.crt && echo ca-certificates
  lacks node && echo nodejs
  lacks npm && echo npm
  [[ $1 == test ]] || return 0
  lacks /usr/include/gtest/gtest.h && echo libgtest-dev
  lacks clang++ && echo clang
  lacks clang-tidy && echo clang-tidy
  compgen -G '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a' >/dev/null || echo "libclang-rt-$(clang_version)-dev"
  lacks curl && echo curl
  lacks openssl && echo openssl
  lacks script && echo bsdutils
  lacks h2load && echo nghttp2-client
  lacks shellcheck && echo shellcheck
  lacks python3 && echo python3
  python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
  return 0
}

lacks() {
  [[ ! -e $1 ]] && ! command -v "$1" >/dev/null
}

# Major version of the clang that this Debian calls `clang`.
clang_version() {
  . /etc/os-release
  case ${VERSION_ID:-} in
    12) echo 14 ;;
    *) echo 19 ;;
  esac
}

# Stamps ────────────────────────────────────────────────────────────────────────────────────────────────────────────

# A stamp of content: what was installed was installed for exactly these files.
has_stamp() {
  [[ -e $1 ]] && [[ $(cat "${@:2}" | sha256sum) == "$(<"$1")" ]]
}

stamp() {
  cat "${@:2}" | sha256sum >"$1"
}

# A stamp of time: what was made is newer than these files, and than the folders that a deleted one would have changed.
is_newer() {
  [[ -e $1 ]] && [[ -z $(find "${@:2}" -newer "$1" -print -quit) ]]
}

# Dates the stamp from before the work began, so that a file edited meanwhile counts as newer.
make_if_older() {
  local stamp=$1 make=$2
  is_newer "$stamp" "${@:3}" && return
  mkdir -p build
  touch build/.started
  "$make"
  touch --reference=build/.started "$stamp"
}

# Scripts that are started together install and build one after the other.
one_at_a_time() {
  mkdir -p build
  (
    flock 9
    "$@"
  ) 9>build/.lock
}
