# Two Debian packages from one tree (docs/packages.md): cmake --build build/release --target package
#   bondline-line   an edge box: bondlined, the command without the design wing, service unit, sample line file
#   bondline        everything: takes bondline-line's place
# Dependencies are what dpkg-shlibdeps finds the programs to load.
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)
set(BONDLINE_MAINTAINER "Bondline maintainers <bondline@example.org>" CACHE STRING "Who answers for the Debian packages")
set(packaging ${CMAKE_SOURCE_DIR}/packaging)

# Manual pages and changelogs, packed as Debian wants them (gzip -9n: the same bytes every time).
function(bondline_gzip from to)
  execute_process(COMMAND gzip -9nc ${from} OUTPUT_FILE ${to} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "gzip could not pack ${from}")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from})
endfunction()
set(packed ${CMAKE_BINARY_DIR}/packaging)
file(MAKE_DIRECTORY ${packed})
bondline_gzip(${packaging}/man/bondline.1 ${packed}/bondline.1.gz)
bondline_gzip(${packaging}/man/bondlined.8 ${packed}/bondlined.8.gz)
file(READ ${packaging}/copyright copyright)
file(WRITE ${packed}/line/copyright "${copyright}")
file(READ ${packaging}/copyright-three three)
file(WRITE ${packed}/design/copyright "${copyright}${three}")

function(bondline_package_files component PACKAGE)
  set(doc share/doc/${PACKAGE})
  install(TARGETS bondlined RUNTIME DESTINATION bin COMPONENT ${component})
  install(FILES ${packed}/bondline.1.gz DESTINATION share/man/man1 COMPONENT ${component})
  install(FILES ${packed}/bondlined.8.gz DESTINATION share/man/man8 COMPONENT ${component})
  install(FILES ${packaging}/bondlined.service DESTINATION /lib/systemd/system COMPONENT ${component})
  configure_file(${packaging}/changelog.in ${packed}/${component}/changelog @ONLY)
  bondline_gzip(${packed}/${component}/changelog ${packed}/${component}/changelog.gz)
  install(FILES ${packed}/${component}/copyright ${packed}/${component}/changelog.gz DESTINATION ${doc} COMPONENT ${component})
  install(FILES ${packaging}/line.yaml DESTINATION ${doc}/examples COMPONENT ${component})
  install(FILES docs/gateway.md docs/trust.md docs/packages.md DESTINATION ${doc} COMPONENT ${component})
  install(FILES docs/formats/line.md docs/formats/tags.md docs/formats/rules.md docs/formats/payload.md docs/formats/log.md
          DESTINATION ${doc}/formats COMPONENT ${component})
endfunction()
bondline_package_files(line bondline-line)
bondline_package_files(design bondline)
install(PROGRAMS $<TARGET_FILE:bondline-line> DESTINATION bin RENAME bondline COMPONENT line)
install(CODE [[
  if(CMAKE_INSTALL_DO_STRIP)
    execute_process(COMMAND strip "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/bin/bondline" COMMAND_ERROR_IS_FATAL ANY)
  endif()
]] COMPONENT line)
install(TARGETS bondline RUNTIME DESTINATION bin COMPONENT design)
install(FILES docs/cli.md docs/tutorial.md DESTINATION share/doc/bondline COMPONENT design)
install(FILES docs/formats/design.md docs/formats/handoff.md docs/formats/report.md DESTINATION share/doc/bondline/formats
        COMPONENT design)
install(DIRECTORY examples/sip-edge-node DESTINATION share/doc/bondline/examples COMPONENT design)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_PACKAGE_NAME bondline)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${BONDLINE_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL line design)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LINE_PACKAGE_NAME bondline-line)
set(CPACK_DEBIAN_LINE_PACKAGE_SECTION net)
set(CPACK_COMPONENT_LINE_DESCRIPTION "production line's gateway: machines in, nothing lost, receivers out
Connects machines of a production line (Modbus TCP and RTU), stores what they
say before anyone is told, and sends it on (MQTT, HTTP). Rules, alarms, routes,
neural networks compiled for this processor. The edge box's part of Bondline,
without the design wing.")
set(CPACK_DEBIAN_DESIGN_PACKAGE_NAME bondline)
set(CPACK_DEBIAN_DESIGN_PACKAGE_SECTION electronics)
set(CPACK_DEBIAN_DESIGN_PACKAGE_CONFLICTS bondline-line)
set(CPACK_DEBIAN_DESIGN_PACKAGE_REPLACES bondline-line)
set(CPACK_DEBIAN_DESIGN_PACKAGE_PROVIDES bondline-line)
set(CPACK_DEBIAN_DESIGN_PACKAGE_SUGGESTS chromium)
set(CPACK_COMPONENT_DESIGN_DESCRIPTION "electronic packages from the drawing board to the production line
Reads a package's design, checks its rules, solves its heat, judges it and
hands over to the production line what the line needs to know. Holds the
gateway of the line too (bondline-line).")
set(scripts "${packaging}/postinst;${packaging}/prerm;${packaging}/postrm")
set(CPACK_DEBIAN_LINE_PACKAGE_CONTROL_EXTRA ${scripts})
set(CPACK_DEBIAN_DESIGN_PACKAGE_CONTROL_EXTRA ${scripts})
set(CPACK_DEBIAN_LINE_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_DESIGN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
