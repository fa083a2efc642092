// Where the build has put the program under test.
// Must not build it.

import Foundation

/// What `swift build` has made.
enum Built {
    /// The folder of the tests' own binary.
    static let folder: String = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return ((own ?? CommandLine.arguments[0]) as NSString).deletingLastPathComponent
    }()

    /// The `popsieve` binary.
    static var popsieve: String { folder + "/popsieve" }
}
