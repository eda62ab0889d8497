# Imported targets for the Pythons that hosts embed.

# Defines the targets python_<minor> (headers and libpython) and python_headers_<minor> (what an extension module needs, whose file
# name ends with the property EXTENSION_SUFFIX) for an interpreter given as a version ("3.11"), a name
# on PATH or a path, and sets `out_minor` to its minor version.
function(add_python_target python out_minor)
  if(python MATCHES "^3\\.[0-9]+$")
    set(python python${python})
  endif()
  execute_process(
    COMMAND ${python} -c "import sys, sysconfig as s
v = s.get_config_var
print('%d.%d' % sys.version_info[:2], s.get_path('include'), v('LIBDIR') or '', v('LDLIBRARY') or '', v('LIBPL') or '',
      v('LDVERSION') or '', v('MULTIARCH') or '', v('EXT_SUFFIX'), sep='|')"
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "PROVIDER_HOST_PYTHONS: '${python}' is no working Python 3 interpreter (${status})")
  endif()
  string(REPLACE "|" ";" answer "${answer}")
  list(POP_FRONT answer minor include libdir ldlibrary libpl ldversion multiarch suffix)
  if(minor VERSION_LESS 3.9)
    message(FATAL_ERROR "PROVIDER_HOST_PYTHONS: '${python}' is Python ${minor}; 3.9 is the oldest supported")
  endif()
  if(NOT EXISTS ${include}/Python.h)
    message(FATAL_ERROR "The headers of '${python}' (Python ${minor}) are missing: no ${include}/Python.h. "
                        "On Debian and Ubuntu: apt-get install python${minor}-dev")
  endif()
  find_library(LIBPYTHON_${minor} NAMES ${ldlibrary} python${ldversion} python${minor}
    HINTS ${libdir} ${libdir}/${multiarch} ${libpl} NO_DEFAULT_PATH)
  if(NOT LIBPYTHON_${minor})
    message(FATAL_ERROR "No libpython for '${python}' (Python ${minor}) in ${libdir}. "
                        "On Debian and Ubuntu: apt-get install libpython${minor}-dev")
  endif()
  message(STATUS "Host for Python ${minor}: ${LIBPYTHON_${minor}}")
  add_library(python_headers_${minor} INTERFACE)
  target_include_directories(python_headers_${minor} SYSTEM INTERFACE ${include})
  set_target_properties(python_headers_${minor} PROPERTIES EXTENSION_SUFFIX ${suffix})
  add_library(python_${minor} INTERFACE)
  target_link_libraries(python_${minor} INTERFACE python_headers_${minor} ${LIBPYTHON_${minor}} ${CMAKE_DL_LIBS} m util)
  set(${out_minor} ${minor} PARENT_SCOPE)
endfunction()

# Finds pybind11 (once): -Dpybind11_DIR, then what the interpreter has installed, then the system's; checks that it is new
# enough for that Python.
macro(find_pybind11_for python minor)
  if(NOT pybind11_FOUND)
    set(PYBIND11_NOPYTHON ON)
    if(NOT pybind11_DIR)
      execute_process(COMMAND ${python} -m pybind11 --cmakedir OUTPUT_VARIABLE PYBIND11_CMAKEDIR
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
    find_package(pybind11 2.10 CONFIG REQUIRED HINTS ${PYBIND11_CMAKEDIR})
  endif()
  if("${minor}" VERSION_GREATER_EQUAL 3.12 AND pybind11_VERSION VERSION_LESS 2.11)
    message(FATAL_ERROR "pybind11 ${pybind11_VERSION} (${pybind11_DIR}) is too old for Python ${minor}: "
                        "pip install 'pybind11>=3' and pass -Dpybind11_DIR=$(python -m pybind11 --cmakedir)")
  endif()
endmacro()
