// Connects one SSL to the byte areas of one call: reads from the area handed in, writes to a buffer of its own.
// It must not keep a pointer beyond the call, and must not share a buffer with another session.

import COpenSSL
import NIOCore

/// The transport of one `SSL`, as OpenSSL's BIO.
///
/// Ownership: this object holds one reference to the `BIO`; an `SSL` that takes it holds another. The `BIO` points back
/// here without a reference, so whoever owns the `SSL` must keep this object as long (TLSConnection does).
@safe final class CiphertextBIO {
    let pointer: OpaquePointer

    /// Ciphertext not consumed yet. Valid only during the call that set it; empty otherwise.
    private(set) var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

    /// What OpenSSL has written since `takeOutput()`. It may write (alerts, key updates) in any call, also when reading.
    private var output = ByteBuffer()

    init?() {
        guard let bio = unsafe BIO_new(BIOMethod.pointer) else { return nil }
        unsafe pointer = bio
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        unsafe BIO_set_init(bio, 1)
    }

    deinit {
        // The SSL may live a moment longer: it must not find a dead object.
        unsafe BIO_set_data(pointer, nil)
        unsafe BIO_free(pointer)
    }

    /// Lets OpenSSL read from `area` while `body` runs; the octets it took are read from `area` then.
    func reading<Result>(from area: inout ByteBuffer, _ body: () -> Result) -> Result {
        unsafe area.readWithUnsafeReadableBytes { bytes in
            unsafe input = bytes
            let result = body()
            let consumed = unsafe bytes.count - input.count
            unsafe input = UnsafeRawBufferPointer(start: nil, count: 0)
            return (consumed, result)
        }
    }

    /// Makes room for `octets` at once, so that many records do not make the buffer grow step by step.
    func reserveOutput(_ octets: Int) {
        output.reserveCapacity(minimumWritableBytes: octets)
    }

    /// Octets of output that wait to be taken.
    var outputOctets: Int { output.readableBytes }

    /// Gives the output away with its memory; nil if there is none.
    func takeOutput() -> ByteBuffer? {
        guard output.readableBytes > 0 else { return nil }
        defer { output = ByteBuffer() }
        return output
    }

    fileprivate func read(into area: UnsafeMutableRawBufferPointer) -> Int32 {
        let count = unsafe min(area.count, input.count)
        guard count > 0 else { return -1 }
        unsafe area.copyMemory(from: UnsafeRawBufferPointer(rebasing: input.prefix(count)))
        unsafe input = UnsafeRawBufferPointer(rebasing: input.dropFirst(count))
        return Int32(truncatingIfNeeded: count)
    }

    fileprivate func write(_ area: UnsafeRawBufferPointer) {
        unsafe output.writeBytes(area)
    }

    fileprivate static func of(_ bio: OpaquePointer?) -> CiphertextBIO? {
        guard let data = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<CiphertextBIO>.fromOpaque(data).takeUnretainedValue()
    }
}

private enum BIOMethod {
    /// Invariant: made once and never freed or changed, so every thread may read it.
    nonisolated(unsafe) static let pointer: OpaquePointer? = {
        let method = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ciphertext areas")
        unsafe BIO_meth_set_read(method, readCiphertext)
        unsafe BIO_meth_set_write(method, writeCiphertext)
        unsafe BIO_meth_set_ctrl(method, controlCiphertext)
        return unsafe method
    }()
}

/// OpenSSL wants ciphertext: what is there, or "try again" when the area is empty.
private func readCiphertext(_ bio: OpaquePointer?, _ data: UnsafeMutablePointer<CChar>?, _ count: Int32) -> Int32 {
    unsafe shim_BIO_clear_retry_flags(bio)
    guard let owner = unsafe CiphertextBIO.of(bio), let data = unsafe data, count > 0 else { return 0 }
    let taken = unsafe owner.read(into: UnsafeMutableRawBufferPointer(start: data, count: Int(count)))
    if taken < 0 { unsafe shim_BIO_set_retry_read(bio) }
    return taken
}

/// OpenSSL has ciphertext to send: always taken whole.
private func writeCiphertext(_ bio: OpaquePointer?, _ data: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
    unsafe shim_BIO_clear_retry_flags(bio)
    guard let owner = unsafe CiphertextBIO.of(bio), let data = unsafe data, count > 0 else { return 0 }
    unsafe owner.write(UnsafeRawBufferPointer(start: data, count: Int(count)))
    return count
}

/// Flushing always succeeds; nothing else is offered.
private func controlCiphertext(
    _ bio: OpaquePointer?,
    _ command: Int32,
    _ number: Int,
    _ pointer: UnsafeMutableRawPointer?
) -> Int {
    command == BIO_CTRL_FLUSH ? 1 : 0
}
