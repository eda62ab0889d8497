# How the build differs when pip builds a wheel (scikit-build-core sets SKBUILD). Where things go, below the prefix of the
# environment that the wheel is installed into:
#
#   lib/python3.x/site-packages/provider_host/   the package with its extension module
#   bin/provider-host                            the executable
#   bin/provider-host-python                     the drop-in interpreter for promptfoo
#   libexec/provider_host/                       the host for this Python; programs and module look for it above themselves
#   lib/provider_host/                           libsimdjson and libprometheus-cpp-core, which few systems have
#
# Nothing else that is linked is outside of what manylinux allows (PEP 600): spdlog and fmt are used from their headers, and
# libpython becomes part of the host.
set(PROVIDER_HOST_BUILD_TESTS OFF)
set(PROVIDER_HOST_BUILD_BENCHMARKS OFF)
set(PROVIDER_HOST_BUILD_EXAMPLES OFF)
if(NOT PROVIDER_HOST_PYTHONS)
  set(PROVIDER_HOST_PYTHONS ${Python_EXECUTABLE})
endif()
set(PROVIDER_HOST_PRELOADED_HOSTS ON)
set(CMAKE_INSTALL_BINDIR ${SKBUILD_SCRIPTS_DIR})
set(CMAKE_INSTALL_LIBDIR ${SKBUILD_DATA_DIR}/lib)
set(CMAKE_INSTALL_LIBEXECDIR ${SKBUILD_DATA_DIR}/libexec)
set(CMAKE_INSTALL_DATADIR ${SKBUILD_DATA_DIR}/share)

# spdlog and fmt from their headers.
function(add_header_only_spdlog target)
  find_package(fmt REQUIRED)
  get_target_property(headers spdlog::spdlog_header_only INTERFACE_INCLUDE_DIRECTORIES)
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE ${headers})
  target_compile_definitions(${target} INTERFACE SPDLOG_FMT_EXTERNAL)
  target_link_libraries(${target} INTERFACE fmt::fmt-header-only Threads::Threads)
endfunction()

# bundle_library(TARGET): puts the library of an imported target into the wheel, unless it is a static one.
function(bundle_library target)
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL SHARED_LIBRARY)
    return()
  endif()
  install(FILES $<TARGET_FILE:${target}> DESTINATION ${CMAKE_INSTALL_LIBDIR}/provider_host
    RENAME $<TARGET_SONAME_FILE_NAME:${target}>)
endfunction()

# find_bundled(TARGET DIRECTORY...): where the installed target looks for it, relative to its own directory.
function(find_bundled target)
  set(own_directory $ORIGIN)
  if(APPLE)
    set(own_directory @loader_path)
  endif()
  list(TRANSFORM ARGN PREPEND "${own_directory}/" OUTPUT_VARIABLE directories)
  set_target_properties(${target} PROPERTIES INSTALL_RPATH "${directories}" INSTALL_RPATH_USE_LINK_PATH OFF)
endfunction()

# hide_cxx(TARGET): nothing of C++ in the library of the target can be seen from others in its process.
function(hide_cxx target)
  set(exports ${PROJECT_SOURCE_DIR}/src/install/exports.map)
  target_link_options(${target} PRIVATE -Wl,--version-script=${exports})
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${exports})
endfunction()
