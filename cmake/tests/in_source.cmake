# Tries to build inside the source tree, on a copy, and shows what CMake says.
file(REMOVE_RECURSE "${COPY}")
file(COPY "${SOURCE}/CMakeLists.txt" DESTINATION "${COPY}")
execute_process(COMMAND ${CMAKE_COMMAND} -S "${COPY}" -B "${COPY}")
