# embed_file(TARGET FILE FUNCTION): compiles FILE into TARGET; `std::string_view FUNCTION()` of embedded_files.h gives its
# bytes. Also the script that writes the source, at build time: cmake -DFILE=... -DFUNCTION=... -DOUTPUT=... -P this.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${FILE} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "((0x..,)(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?)" "\\1\n" bytes "${bytes}")
  file(WRITE ${OUTPUT} "#include \"server/embedded_files.h\"\n\n"
    "namespace provider_host::server {\n\n"
    "static const unsigned char ${FUNCTION}_bytes[] = {\n${bytes}0};\n\n"
    "std::string_view ${FUNCTION}() {\n"
    "  return {reinterpret_cast<const char*>(${FUNCTION}_bytes), sizeof(${FUNCTION}_bytes) - 1};\n}\n\n"
    "}  // namespace provider_host::server\n")
  return()
endif()

set(EMBED_FILE_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(embed_file target file function)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${function}.cc)
  cmake_path(ABSOLUTE_PATH file)
  add_custom_command(OUTPUT ${output} DEPENDS ${file} ${EMBED_FILE_SCRIPT} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DFILE=${file} -DFUNCTION=${function} -DOUTPUT=${output} -P ${EMBED_FILE_SCRIPT})
  target_sources(${target} PRIVATE ${output})
endfunction()
