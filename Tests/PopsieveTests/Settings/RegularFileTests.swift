// Why a file can't be read: the true cause, whatever it is.
// Must not depend on who runs the tests.

import Foundation
import SystemPackage
import Testing

@testable import popsieve

@Suite struct RegularFileTests {
    @Test(
        "each cause has its own words",
        arguments: [
            (Errno.tooManyOpenFiles, "too many open files in this process"),
            (.tooManyOpenFilesInSystem, "too many open files on this machine"),
            (.permissionDenied, "permission denied"),
            (.noSuchFileOrDirectory, "there is no such file"), (.noSuchAddressOrDevice, "no regular file"),
            (.tooManySymbolicLinkLevels, "symbolic links"),
        ]
    )
    func causes(_ error: Errno, _ expected: String) {
        #expect(UnreadableFile(error, at: "/nonexistent").description.contains(expected))
        let wrapped = NSError(
            domain: NSCocoaErrorDomain,
            code: 256,
            userInfo: [NSUnderlyingErrorKey: NSError(domain: NSPOSIXErrorDomain, code: Int(error.rawValue))]
        )
        #expect(UnreadableFile(wrapped, at: "/nonexistent").description.contains(expected))
    }

    @Test(
        "the folder of a path",
        arguments: [("a", "."), ("a/b", "a"), ("/a", "/"), ("./a", "."), ("a/", "."), ("/", "/")]
    )
    func parentFolder(_ path: String, _ expected: String) {
        #expect(path.parentFolder == expected)
    }
}
