// A file without a name that holds one message: written to its end, then mapped or read.
// Must not be used on an event loop: it waits for the disk. Says `unsafe`, because a mapping is a pointer.

import Glibc
import Mail
import SystemPackage

import struct NIOCore.ByteBuffer
import struct NIOCore.ByteBufferAllocator

/// A file that nobody else can open, and that is gone with its last holder.
final class HeldFile: Sendable {
    /// `O_TMPFILE` of Linux, a macro that Swift does not see.
    private static let withoutName = 0o20_000_000 | O_DIRECTORY

    private let descriptor: FileDescriptor

    /// Makes a file in `folder`.
    init(in folder: FilePath) throws(HoldingError) {
        do {
            // The folder's file system makes it without a name.
            let unnamed = FileDescriptor.OpenOptions(rawValue: Self.withoutName | O_CLOEXEC)
            descriptor = try FileDescriptor.open(
                folder,
                .readWrite,
                options: unnamed,
                permissions: .ownerReadWrite,
                retryOnInterrupt: true
            )
        } catch {
            throw .failed("\(folder): a file can't be made: \(error)")
        }
    }

    deinit { try? descriptor.close() }

    /// Writes `octets` from an offset on; returns when the kernel has all of them.
    func write(_ octets: ByteBuffer, at offset: Int) throws(HoldingError) {
        do {
            try unsafe octets.withUnsafeReadableBytes { bytes in
                _ = try unsafe descriptor.writeAll(toAbsoluteOffset: Int64(offset), bytes)
            }
        } catch {
            throw .failed("a held message can't be written: \(error)")
        }
    }

    /// Up to `count` octets from an offset on.
    func read(at offset: Int, count: Int) throws(HoldingError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        do {
            try unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
                try unsafe descriptor.read(fromAbsoluteOffset: Int64(offset), into: .init(rebasing: bytes[..<count]))
            }
        } catch {
            throw .failed("a held message can't be read: \(error)")
        }
        return buffer
    }

    /// All that was written, as memory.
    func mapped(count: Int) throws(HoldingError) -> MessageOctets {
        guard count > 0 else { return MessageOctets([]) }
        return MessageOctets(try Mapping(descriptor, count: count, of: self))
    }
}

/// A file as memory. Invariant: the file has `count` octets at least as long as this lives, since nobody else can open
/// it and it is never cut; nobody writes to it any more.
@safe private final class Mapping: OctetStorage {
    let count: Int
    private let file: HeldFile
    private nonisolated(unsafe) let start: UnsafeRawPointer

    init(_ descriptor: FileDescriptor, count: Int, of file: HeldFile) throws(HoldingError) {
        guard let start = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor.rawValue, 0),
            unsafe start != MAP_FAILED
        else {
            throw .failed("a held message can't be mapped: \(Errno(rawValue: errno))")
        }
        unsafe self.start = UnsafeRawPointer(start)
        self.count = count
        self.file = file
    }

    deinit { unsafe munmap(UnsafeMutableRawPointer(mutating: start), count) }

    func withOctets<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        try body(unsafe Span(_unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: count))
    }
}
