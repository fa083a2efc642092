// The process's environment.
// Must not be used for settings: those have a file and flags.

import Foundation

enum Environment {
    static subscript(name: String) -> String? {
        ProcessInfo.processInfo.environment[name]
    }
}
