// Files that are named in settings and on the command line: read whole, within bounds.
// Must not wait for a pipe, or read a device.

import Foundation
import SystemPackage

import struct NIOCore.IOError

/// Why a file can't be read, in a few words, and what to do.
struct UnreadableFile: Error, Equatable, CustomStringConvertible {
    var description: String
    var fix: String
    /// What was tried.
    var attempt = Attempt.read

    enum Attempt: String {
        case read
        case written
    }

    static let missing = UnreadableFile(description: "there is no such file", fix: "check the name")
    static let directory = UnreadableFile(description: "it is a directory", fix: "name a file in it")
    static let irregular = UnreadableFile(description: "it is no regular file", fix: "name a file")
}

extension FileManager {
    /// Everything in a regular file, also behind symbolic links.
    func regularFile(at path: String, upTo limit: Int) throws(UnreadableFile) -> [UInt8] {
        let file: FileDescriptor
        do {
            // A pipe that nobody writes to must not keep us waiting.
            file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.nonBlocking, .closeOnExec])
        } catch {
            throw UnreadableFile(error, at: path)
        }
        defer { try? file.close() }
        do {
            let status = try Stat(file)
            switch status.type {
            case .regular: break
            case .directory: throw UnreadableFile.directory
            default: throw UnreadableFile.irregular
            }
            guard status.size <= limit else { throw Self.tooLarge(limit) }
            let octets = try FileHandle(fileDescriptor: file.rawValue).read(upToCount: limit + 1) ?? Data()
            // It may have grown meanwhile.
            guard octets.count <= limit else { throw Self.tooLarge(limit) }
            return [UInt8](octets)
        } catch {
            throw error as? UnreadableFile ?? UnreadableFile(error, at: path)
        }
    }

    private static func tooLarge(_ limit: Int) -> UnreadableFile {
        UnreadableFile(description: "it is larger than \(limit) octets", fix: "is it the right one?")
    }

    func isDirectory(_ path: String) -> Bool {
        (try? Stat(FilePath(path)).type) == .directory
    }

    /// The mode bits; nil where there is no such file.
    func permissions(_ path: String) -> Int? {
        (try? Stat(FilePath(path)).permissions).map { Int($0.rawValue) }
    }
}

extension String {
    /// The folder that a path is in, `.` where it names none. Foundation's own way to it ends the process when a path has
    /// one character.
    var parentFolder: String {
        let parent = FilePath(self).removingLastComponent().string
        return parent.isEmpty ? "." : parent
    }
}

extension UnreadableFile {
    /// The true cause: whoever reads that permission is denied looks in the wrong place when open files have run out.
    init(_ error: any Error, at path: String) {
        switch error as? Errno ?? Self.cause(of: error) {
        case .noSuchFileOrDirectory?:
            let isLink = (try? Stat(FilePath(path), followTargetSymlink: false).type) == .symbolicLink
            let link = UnreadableFile(description: "it is a link to nothing", fix: "remove it, or put the file there")
            self = isLink ? link : .missing
        case .notDirectory?: self = .missing
        case .permissionDenied?: self.init(description: "permission denied", fix: "let this user read it")
        case .noSuchAddressOrDevice?: self = .irregular
        case .tooManyOpenFiles?:
            self.init(description: "too many open files in this process", fix: "raise LimitNOFILE=, ulimit -n")
        case .tooManyOpenFilesInSystem?:
            self.init(description: "too many open files on this machine", fix: "raise fs.file-max")
        case let error?: self.init(description: error.description.lowercased(), fix: "check the name and the disk")
        case nil: self.init(description: "the reason is unknown", fix: "check the name and the disk")
        }
    }

    /// What is behind one of Foundation's or the network library's errors.
    private static func cause(of error: any Error) -> Errno? {
        if let error = error as? IOError { return Errno(rawValue: error.errnoCode) }
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let underlying, underlying.domain == NSPOSIXErrorDomain { return Errno(rawValue: CInt(underlying.code)) }
        switch (error as? CocoaError)?.code {
        case .fileNoSuchFile?, .fileReadNoSuchFile?: return .noSuchFileOrDirectory
        case .fileReadNoPermission?, .fileWriteNoPermission?: return .permissionDenied
        case .fileWriteOutOfSpace?: return .noSpace
        case .fileWriteVolumeReadOnly?: return .readOnlyFileSystem
        case .fileWriteFileExists?: return .fileExists
        default: return nil
        }
    }
}
