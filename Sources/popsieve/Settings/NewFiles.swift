// Whether something can be made in a folder, found out without making anything that anybody sees.
// Must not leave anything there.

import Foundation
import SystemPackage

/// Where files and folders can be made.
enum NewFiles {
    /// `O_TMPFILE` of Linux, a macro that Swift does not see.
    private static let withoutName = 0o20_000_000 | O_DIRECTORY | O_CLOEXEC

    /// Why nothing can be made in a folder, whatever its mode says; nil if nothing is known that is against it.
    static func obstacle(in folder: String) -> String? {
        do {
            let options = FileDescriptor.OpenOptions(rawValue: withoutName)
            try FileDescriptor.open(FilePath(folder), .readWrite, options: options, permissions: .ownerReadWrite)
                .close()
            return nil
        } catch Errno.noSpace, Errno.diskQuotaExceeded, Errno.permissionDenied, Errno.notPermitted {
            // It may have room tomorrow. Whom its mode lets in, the caller knows; others may forbid files without names.
            return nil
        } catch Errno.notSupported, Errno.isDirectory {
            // Not every file system makes files without names. What has no room at all shows the system's own affairs.
            let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
            let size = (attributes?[.systemSize] as? NSNumber)?.int64Value
            return size == 0 ? "its file system holds no files of anybody's" : nil
        } catch let error as Errno {
            return error.description.lowercased()
        } catch {
            return nil
        }
    }

    /// The folder in which making a path would begin: the closest one above it that is there.
    static func beginning(of path: String) -> String {
        var folder = path.parentFolder
        while !FileManager.default.fileExists(atPath: folder), folder != "/", folder != "." {
            folder = folder.parentFolder
        }
        return folder
    }
}
