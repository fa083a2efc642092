// Attached files: archives as they come, deflate, names, and HTML that is made harmless.
// Must not look at what is found: only at what it may cost, and at what holds for everything.

import FuzzInput

@testable import Mail

/// One attachment, looked into; what must hold of all traps if it does not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let subject = input.octet()
    let octets = input.rest()
    limited {
        switch subject % 4 {
        case 0: inflate(octets)
        case 1: readName(octets)
        case 2: clean(octets)
        default: readFiles(octets)
        }
    }
    return 0
}

private func readFiles(_ octets: [UInt8]) {
    var limits = Limits()
    limits.archiveEntries = 100
    limits.archiveOctets = 1 << 20
    let head = Array("Content-Disposition: attachment; filename=a.zip\r\n\r\n".utf8)
    let message = Message(head + octets, limits: limits)
    var reader = AttachmentReader(message)
    let files = reader.files(in: message.parts[0])
    precondition(files.count <= 101)
    for file in files {
        precondition(file.depth <= limits.archiveDepth)
        precondition(file.defects.contains(.unread) == file.defects.contains(where: \.leavesUnread))
        for name in file.names { precondition(String(validating: name.saved, as: UTF8.self) != nil) }
    }
}

private func inflate(_ octets: [UInt8]) {
    var inflater = Inflater(octets, in: 0..<octets.count, upTo: 100_000, costLimit: 200_000)
    let outcome = inflater.run()
    precondition(inflater.output.count <= 100_000)
    precondition(outcome != .complete || !octets.isEmpty)
}

private func readName(_ octets: [UInt8]) {
    for name in FileName.readings(of: octets) {
        precondition(String(validating: name.saved, as: UTF8.self) != nil)
        precondition(!name.fileExtension.contains(UInt8(ascii: ".")))
        precondition(FileName(name.saved).saved.count <= name.saved.count)
    }
    _ = Message(octets).parts[0].attachedFile()
}

private func clean(_ octets: [UInt8]) {
    let (html, _) = UTF8Text.repaired(octets)
    let output = HTMLCleaner.clean(html)
    precondition(String(validating: output, as: UTF8.self) != nil)
    for tag in ["<script", "<svg", "<iframe", "<object", "<form", "<input", "<meta", "<base", "<link"] {
        precondition(output.firstRange(of: Array(tag.utf8)) == nil)
    }
}
