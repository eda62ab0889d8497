# shellcheck shell=bash
# Sourced after environment.sh by scripts that build for other platforms than this machine's: zig from PyPI, which compiles and
# links for all of them, and the C++ libraries from Debian's or Ubuntu's source packages. All of it lies below $CROSS.
# shellcheck disable=SC2153
CROSS=$BUILD/cross
SOURCES=$CROSS/sources
ZIG_VENV=$CROSS/venv
# Source packages.
LIBRARIES=(simdjson zlib libzstd prometheus-cpp spdlog fmtlib nlohmann-json3 cli11)
export ZIG_GLOBAL_CACHE_DIR=$CROSS/zig ZIG_LOCAL_CACHE_DIR=$CROSS/zig

install_zig() {
  local wanted=$ROOT/scripts/requirements/cross.txt
  cmp -s "$wanted" "$ZIG_VENV/installed" && return
  say "installing zig and the tools for wheels"
  quietly zig-venv python3 -m venv --clear "$ZIG_VENV" || fail "python3 cannot make a virtual environment"
  quietly zig-pip "$ZIG_VENV/bin/python" -m pip install --disable-pip-version-check -q -r "$wanted" ||
    fail "pip could not install what scripts/requirements/cross.txt lists"
  cp "$wanted" "$ZIG_VENV/installed"
}

# The sources of this system's packages, with lists of our own: most systems have no source packages in theirs.
fetch_sources() {
  [[ -e $SOURCES/complete ]] && return
  command -v apt-get >/dev/null || fail "apt-get is not here, which fetches the sources of the C++ libraries"
  say "fetching the sources of ${LIBRARIES[*]}"
  rm -rf "$SOURCES"
  mkdir -p "$SOURCES/lists/partial" "$SOURCES/parts"
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/{debian,ubuntu}.{list,sources}; do
    [[ -e $file ]] || continue
    sed -E 's/^deb /deb-src /; s/^Types:.*/Types: deb-src/' "$file" >"$SOURCES/parts/$(basename "$file")"
  done
  local options=(-q -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$SOURCES/parts"
    -o "Dir::State::lists=$SOURCES/lists" -o APT::Sandbox::User=)
  quietly cross-sources apt-get "${options[@]}" update || fail "apt-get could not get the lists of source packages"
  # A mirror may lack the sources of security updates.
  (cd "$SOURCES" && { quietly cross-sources apt-get "${options[@]}" source --only-source "${LIBRARIES[@]}" 2>/dev/null ||
    quietly cross-sources apt-get "${options[@]}" -t "$(. /etc/os-release && printf %s "$VERSION_CODENAME")" source \
      --only-source "${LIBRARIES[@]}"; }) ||
    fail "apt-get could not get the sources of the C++ libraries; it needs dpkg-dev"
  : >"$SOURCES/complete"
}

# write_compilers DIRECTORY TARGET: for that target of zig (and options).
write_compilers() {
  local name zig
  zig=$("$ZIG_VENV/bin/python" -c 'import ziglang, os; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))')
  mkdir -p "$1/bin"
  for name in cc c++; do
    # Debug information, which it makes by default, would be most of the output.
    printf '#!/bin/sh\nexec "%s" %s -target %s -g0 "$@"\n' "$zig" "$name" "$2" >"$1/bin/$name"
  done
  for name in ar ranlib; do
    printf '#!/bin/sh\nexec "%s" %s "$@"\n' "$zig" "$name" >"$1/bin/$name"
  done
  chmod +x "$1"/bin/*
}

# write_toolchain DIRECTORY SYSTEM MACHINE [LINKER_FLAGS]: the CMake file that names these compilers. SYSTEM and MACHINE are
# CMake's names.
write_toolchain() {
  cat >"$1/toolchain.cmake" <<CMAKE
set(CMAKE_SYSTEM_NAME $2)
set(CMAKE_SYSTEM_PROCESSOR $3)
set(CMAKE_C_COMPILER $1/bin/cc)
set(CMAKE_CXX_COMPILER $1/bin/c++)
set(CMAKE_AR $1/bin/ar)
set(CMAKE_RANLIB $1/bin/ranlib)
set(CMAKE_PREFIX_PATH $1/prefix)
set(CMAKE_FIND_ROOT_PATH $1/prefix)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# This clang does not take the code for AVX-512 in simdjson 3.0, nor has its library std::result_of, which Asio of Boost 1.74
# would use. musl has what Debian's spdlog calls, stat64 and the like, only when it is asked for.
set(CMAKE_CXX_FLAGS_INIT "-DSIMDJSON_IMPLEMENTATION_ICELAKE=0 -DBOOST_ASIO_HAS_STD_INVOKE_RESULT -D_LARGEFILE64_SOURCE")
set(CMAKE_EXE_LINKER_FLAGS_INIT "${4-}")
set(CMAKE_MODULE_LINKER_FLAGS_INIT "${4-}")
CMAKE
}

# build_library DIRECTORY SOURCE ARGUMENT...: a static library from $SOURCES/SOURCE, into the prefix of DIRECTORY.
build_library() {
  local directory=$1 source=$SOURCES/$2 build=$1/libraries/${2%%-\**}
  # shellcheck disable=SC2086  # the directory has the version of the package in its name
  source=$(cd $source && pwd)
  rm -rf "$build"
  quietly "cross-${build##*/}" "$(program cmake)" -S "$source" -B "$build" -G Ninja \
    "-DCMAKE_TOOLCHAIN_FILE=$directory/toolchain.cmake" "-DCMAKE_INSTALL_PREFIX=$directory/prefix" \
    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF \
    -DBUILD_TESTING=OFF "${@:3}" &&
    quietly "cross-${build##*/}" "$(program cmake)" --build "$build" &&
    quietly "cross-${build##*/}" "$(program cmake)" --install "$build" && rm -rf "$build"
}

# Its CMake build needs files that Debian's package has not. It takes macOS for the system of before 2001, which had no
# fdopen(), unless that is a macro.
build_zlib() {
  local build=$1/libraries/zlib
  rm -rf "$build"
  mkdir -p "$1/libraries"
  cp -r "$SOURCES"/zlib-*/ "$build"
  (cd "$build" && CC=$1/bin/cc AR=$1/bin/ar RANLIB=$1/bin/ranlib CFLAGS='-O3 -fPIC -Dfdopen=fdopen' \
    quietly cross-zlib ./configure --static --prefix="$1/prefix" && quietly cross-zlib make -j "$JOBS" libz.a &&
    mkdir -p "$1/prefix/lib" "$1/prefix/include" && cp libz.a "$1/prefix/lib" && cp zlib.h zconf.h "$1/prefix/include") &&
    rm -rf "$build"
}

# build_libraries DIRECTORY: into its prefix.
build_libraries() {
  [[ -e $1/prefix/complete ]] && return
  say "building the C++ libraries for ${1##*/}"
  build_library "$1" 'simdjson-*' -DSIMDJSON_DEVELOPER_MODE=OFF || return
  build_zlib "$1" || return
  build_library "$1" 'libzstd-*/build/cmake' -DZSTD_BUILD_PROGRAMS=OFF -DZSTD_BUILD_SHARED=OFF || return
  build_library "$1" 'prometheus-cpp-*' -DENABLE_PULL=OFF -DENABLE_PUSH=OFF -DENABLE_COMPRESSION=OFF -DENABLE_TESTING=OFF \
    -DUSE_THIRDPARTY_LIBRARIES=OFF || return
  build_library "$1" 'fmtlib-*' -DFMT_TEST=OFF -DFMT_DOC=OFF || return
  build_library "$1" 'spdlog-*' -DSPDLOG_FMT_EXTERNAL=ON -DSPDLOG_BUILD_EXAMPLE=OFF || return
  build_library "$1" 'nlohmann-json3-*' -DJSON_BuildTests=OFF || return
  build_library "$1" 'cli11-*' -DCLI11_BUILD_TESTS=OFF -DCLI11_BUILD_EXAMPLES=OFF -DCLI11_BUILD_DOCS=OFF || return
  # Headers only, so those of this machine's packages.
  mkdir -p "$1/prefix/include"
  ln -sfn /usr/include/boost "$1/prefix/include/boost"
  : >"$1/prefix/complete"
}
