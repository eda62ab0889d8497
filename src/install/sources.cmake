# What `provider-host doctor --build` needs to build a host for another Python.
set(SOURCE_DESTINATION ${CMAKE_INSTALL_DATADIR}/provider_host/source)
install(FILES ${PROJECT_SOURCE_DIR}/CMakeLists.txt ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${SOURCE_DESTINATION})
install(FILES ${PROJECT_SOURCE_DIR}/src/CMakeLists.txt DESTINATION ${SOURCE_DESTINATION}/src)
foreach(directory base platform wire values host)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/${directory} DESTINATION ${SOURCE_DESTINATION}/src
    PATTERN "__pycache__" EXCLUDE)
endforeach()
