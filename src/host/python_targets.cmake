# Targets for the Pythons that hosts embed.

# query_python(PYTHON VARIABLE...): sets the variables to the output lines of describe_python.py; stops when there is no
# such Python or it is too old.
function(query_python python)
  execute_process(COMMAND ${python} -I ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/describe_python.py
    OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "PROVIDER_HOST_PYTHONS: '${python}' is no working Python 3 interpreter (${status})")
  endif()
  foreach(variable IN LISTS ARGN)
    string(REGEX MATCH "^([^\n]*)\n(.*)$" line "${output}\n")
    set(${variable} "${CMAKE_MATCH_1}" PARENT_SCOPE)
    set(output "${CMAKE_MATCH_2}")
  endforeach()
endfunction()

# Sets `out` to the libraries that make a program Python `tag`: the shared libpython, or with PROVIDER_HOST_STATIC_PYTHON (or
# when there is no shared one) all of the static one, whose symbols extension modules then take from the program.
function(choose_libpython python tag shared static dependencies out)
  string(TOUPPER "${PROVIDER_HOST_STATIC_PYTHON}" wanted)
  if(shared AND NOT wanted)
    set(libpython ${shared})
    set(libraries ${shared})
  elseif(static)
    set(libpython ${static})
    set(libraries "$<LINK_LIBRARY:WHOLE_ARCHIVE,${static}>" ${dependencies})
  elseif(shared)
    message(FATAL_ERROR "Python ${tag}, '${python}', has no static libpython, which PROVIDER_HOST_STATIC_PYTHON asks for; "
                        "its shared one is ${shared}")
  else()
    message(FATAL_ERROR "'${python}' (Python ${tag}) has no libpython, neither below its prefix nor where it was built. "
                        "On Debian and Ubuntu: apt-get install libpython${tag}-dev; with pyenv: "
                        "PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install VERSION")
  endif()
  if(NOT APPLE)
    list(APPEND libraries ${CMAKE_DL_LIBS} m util)
  endif()
  set(${out} ${libraries} PARENT_SCOPE)
  message(STATUS "Host for Python ${tag}: ${libpython}")
endfunction()

# Sets tag, include, suffix and shared to what PROVIDER_HOST_PYTHONS says of a Python of another machine,
# TAG:INCLUDE_DIRECTORY:SUFFIX, with :LIBRARY where its hosts are linked with its libpython.
function(read_python python)
  string(REPLACE ":" ";" fields ${python})
  list(POP_FRONT fields tag include suffix shared)
  return(PROPAGATE tag include suffix shared)
endfunction()

# Defines the targets python_<tag> (headers and libpython) and python_headers_<tag> (what an extension module needs, whose
# file name ends with the property EXTENSION_SUFFIX) for an interpreter given as a version ("3.11"), a name on PATH or a
# path, and sets `out_tag` to its version with its ABI flags, as "3.11" or "3.13t".
function(add_python_target python out_tag)
  if(python MATCHES "^3\\.[0-9]+t?d?$")
    set(python python${python})
  endif()
  if(python MATCHES ":")
    read_python(${python})
  else()
    query_python(${python} tag include shared static dependencies suffix)
  endif()
  if(tag VERSION_LESS 3.9)
    message(FATAL_ERROR "PROVIDER_HOST_PYTHONS: '${python}' is Python ${tag}; 3.9 is the oldest supported")
  endif()
  find_file(PYTHON_H_${tag} Python.h PATHS ${include} NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  if(NOT PYTHON_H_${tag})
    message(FATAL_ERROR "The headers of '${python}' (Python ${tag}) are missing: no Python.h in ${include}. "
                        "On Debian and Ubuntu: apt-get install python${tag}-dev")
  endif()
  if(PROVIDER_HOST_PRELOADED_HOSTS)
    set(libraries ${CMAKE_DL_LIBS} m util)
  else()
    choose_libpython(${python} ${tag} "${shared}" "${static}" "${dependencies}" libraries)
  endif()
  add_library(python_headers_${tag} INTERFACE)
  target_include_directories(python_headers_${tag} SYSTEM INTERFACE ${include})
  set_target_properties(python_headers_${tag} PROPERTIES EXTENSION_SUFFIX ${suffix})
  add_library(python_${tag} INTERFACE)
  target_link_libraries(python_${tag} INTERFACE python_headers_${tag} ${libraries})
  set(${out_tag} ${tag} PARENT_SCOPE)
endfunction()

# Finds pybind11 (once): -Dpybind11_DIR, then what the interpreter has installed, then the system's; checks that it is new
# enough for that Python.
macro(find_pybind11_for python tag)
  if(NOT pybind11_FOUND)
    set(PYBIND11_NOPYTHON ON)
    if(NOT pybind11_DIR)
      execute_process(COMMAND ${python} -m pybind11 --cmakedir OUTPUT_VARIABLE PYBIND11_CMAKEDIR
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
    find_package(pybind11 2.10 CONFIG REQUIRED HINTS ${PYBIND11_CMAKEDIR})
  endif()
  set(oldest_pybind11 2.10)
  if("${tag}" VERSION_GREATER_EQUAL 3.14)
    set(oldest_pybind11 3.0)
  elseif("${tag}" VERSION_GREATER_EQUAL 3.13)
    set(oldest_pybind11 2.13)
  elseif("${tag}" VERSION_GREATER_EQUAL 3.12)
    set(oldest_pybind11 2.11)
  endif()
  if(pybind11_VERSION VERSION_LESS oldest_pybind11)
    message(FATAL_ERROR "pybind11 ${pybind11_VERSION} (${pybind11_DIR}) is too old for Python ${tag}: "
                        "pip install 'pybind11>=3' and pass -Dpybind11_DIR=$(python -m pybind11 --cmakedir)")
  endif()
endmacro()
