// A file that is open: written to its end, read at a place. Says `unsafe`, because the system's calls take pointers.
// Must not know what is in it.

import Glibc
import SystemPackage

struct OpenFile: ~Copyable, Sendable {
    private let file: FileDescriptor
    let path: String

    /// Takes the descriptor over.
    init(_ number: Int32, path: String) {
        file = FileDescriptor(rawValue: number)
        self.path = path
    }

    deinit { try? file.close() }

    func status() throws(QuarantineError) -> Stat {
        do throws(Errno) {
            return try Stat(file)
        } catch {
            throw QuarantineError(error, "look at it", path)
        }
    }

    /// All of it, or an error.
    func write(_ octets: Span<UInt8>) throws(QuarantineError) {
        let number: Int32 = unsafe octets.withUnsafeBytes { all in
            var position = 0
            while position < all.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[position...])
                let taken = unsafe Glibc.write(file.rawValue, rest.baseAddress, rest.count)
                if taken == 0 { return ENOSPC }
                if taken < 0, errno != EINTR { return errno }
                position += max(taken, 0)
            }
            return 0
        }
        guard number == 0 else { throw QuarantineError(Errno(rawValue: number), "write", path) }
    }

    /// Less only at the file's end.
    func read(at offset: Int, most: Int) throws(QuarantineError) -> [UInt8] {
        var number: Int32 = 0
        let octets = unsafe [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            while count < most {
                let all = UnsafeMutableRawBufferPointer(buffer)
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: all[count...])
                let taken = unsafe pread(file.rawValue, rest.baseAddress, rest.count, off_t(offset + count))
                if taken == 0 { return }
                if taken < 0, errno != EINTR {
                    number = errno
                    return
                }
                count += max(taken, 0)
            }
        }
        guard number == 0 else { throw QuarantineError(Errno(rawValue: number), "read", path) }
        return octets
    }

    /// Returns when the octets are on the disk.
    func sync() throws(QuarantineError) {
        while fsync(file.rawValue) != 0 {
            guard errno == EINTR else { throw QuarantineError(Errno(rawValue: errno), "have it on the disk", path) }
        }
    }
}
