// Tables of the kernel, which are files without a size.

import Foundation

enum KernelTable {
    /// All of it: what reads a file by its size gets one page.
    static func text(_ path: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }
}
