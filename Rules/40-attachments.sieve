# Puts a few lines of text in the place of attachments that start something when they are opened, also in zip archives,
# and of archives that cannot be looked into, but for those with a password. Never touches another octet of the message.
# Does nothing as it is: remove the number signs below to switch it on.

# require ["foreverypart", "replace", "variables", "vnd.popsieve.attachment"];
#
# foreverypart {
#     set "name" "without a name";
#     if attachment :matches "?*" {
#         set "name" "${0}";
#     }
#     if attachment :inside :defect ["damaged", "ambiguous-archive", "too-deep", "too-large", "too-compressed",
#                                    "too-many-files"] {
#         replace "An attachment was removed here, as it cannot be looked into:
#
# ${name}
#
# Ask its sender to send it in another way.
# ";
#     } elsif anyof (attachment :inside :type ["windows-program", "linux-program", "mac-program", "windows-shortcut",
#                                              "windows-help", "disk-image"],
#                    attachment :inside :extension [
#                        "exe", "com", "scr", "pif", "cpl", "dll", "sys", "msi", "msp", "mst", "appx", "msix", "gadget",
#                        "bat", "cmd", "ps1", "psm1", "vbs", "vbe", "js", "jse", "wsf", "wsh", "wsc", "sct", "hta",
#                        "jar", "lnk", "url", "scf", "reg", "inf", "msc", "chm", "hlp", "xll", "application",
#                        "appref-ms", "settingcontent-ms", "library-ms", "search-ms", "iso", "img", "vhd", "vhdx"
#                    ]) {
#         replace "An attachment was removed here, as it would start something when it is opened:
#
# ${name}
#
# If you have asked for it, ask its sender to send it in another way.
# ";
#     }
# }
