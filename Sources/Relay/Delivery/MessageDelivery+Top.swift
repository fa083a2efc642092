// A client's TOP at a server that counts the header's lines as well: a part of a header is nothing to judge by.
// Must not judge: all of the message is asked for in its place, and cut where the client has said.

import NIOCore
import POP3

extension MessageDelivery {
    /// Whether the client's TOP may have brought a part of the header: so many lines as it was to bring of the body.
    func mayBeCut(_ header: HeaderCollector, _ chunk: ByteBuffer) -> Bool {
        guard purpose == .delivery, request.fetch == .header, let lines = request.lines, lines > 0 else { return false }
        var header = header
        return !header.endsWithEmptyLine(in: chunk) && header.takeOctets(from: chunk).count { $0 == 0x0A } >= lines
    }

    /// All of it comes where the client has asked for its first lines: the server's TOP had not brought the header.
    func cutWhereTOPEnds(behind header: Int) {
        guard request.command == .top, request.bringsBody else { return }
        let cut = LineCut(lines: request.lines ?? 0, note: nil, behind: header)
        self.cut = cut
        if cut.isOver { endAtCut() }
    }
}
