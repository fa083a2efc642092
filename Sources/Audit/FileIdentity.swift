// Which file a path or a descriptor stands for, and how long it is; how a reader notices a rotation.
// Must not open anything.

import SystemPackage

/// A file as it is at one moment.
package struct FileIdentity: Sendable, Equatable {
    /// The file system and the file's number in it: the same as long as it is the same file.
    package struct Number: Sendable, Equatable {
        fileprivate let device: DeviceID
        fileprivate let inode: Inode
    }

    package let number: Number
    /// Octets.
    package let size: Int

    /// What a path leads to; nil if that is nothing that can be looked at.
    package init?(path: String) {
        guard let status = try? Stat(FilePath(path)) else { return nil }
        self.init(status)
    }

    /// What a descriptor was opened for; nil if it is not open.
    package init?(descriptor: Int32) {
        guard let status = try? Stat(FileDescriptor(rawValue: descriptor)) else { return nil }
        self.init(status)
    }

    private init(_ status: Stat) {
        number = Number(device: status.deviceID, inode: status.inode)
        size = Int(status.size)
    }
}
