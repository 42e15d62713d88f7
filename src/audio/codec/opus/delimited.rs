//! The packets of several streams in one: all but the last are self-delimited
//! (RFC 6716, Appendix B).

/// Reads a frame length (RFC 6716, 3.2.1).
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 252 {
        return Some((first.into(), rest));
    }
    let (&second, rest) = rest.split_first()?;
    Some((usize::from(second) * 4 + usize::from(first), rest))
}

/// Takes a self-delimited packet (RFC 6716, Appendix B) from `bytes`, puts it
/// into `packet` without the additional length, and gives the bytes behind it.
pub fn take_delimited<'a>(bytes: &'a [u8], packet: &mut Vec<u8>) -> Option<&'a [u8]> {
    packet.clear();
    let (&toc, mut rest) = bytes.split_first()?;
    packet.push(toc);
    let mut body = 0;
    let mut equal = 1;
    match toc & 3 {
        0 => {}
        1 => equal = 2,
        2 => {
            let (first, after) = length(rest)?;
            packet.extend(&rest[..rest.len() - after.len()]);
            rest = after;
            body = first;
        }
        _ => {
            let (&header, after) = rest.split_first()?;
            packet.push(header);
            rest = after;
            if header & 0x40 != 0 {
                loop {
                    let (&padding, after) = rest.split_first()?;
                    packet.push(padding);
                    rest = after;
                    body += usize::from(padding.min(254));
                    if padding < 255 {
                        break;
                    }
                }
            }
            let count = usize::from(header & 0x3f);
            if header & 0x80 == 0 {
                equal = count;
            } else {
                for _ in 1..count {
                    let (frame, after) = length(rest)?;
                    packet.extend(&rest[..rest.len() - after.len()]);
                    rest = after;
                    body += frame;
                }
            }
        }
    }
    let (last, after) = length(rest)?;
    let (frames, after) = after.split_at_checked(body + last * equal)?;
    packet.extend(frames);
    Some(after)
}

#[cfg(test)]
mod tests {
    use super::take_delimited;

    #[test]
    fn the_additional_length_is_taken_out() {
        let mut packet = Vec::new();
        // One frame; two equal frames; two different ones; three of variable size with padding.
        for (bytes, expected) in [
            (&[0, 2, 8, 9, 7][..], &[0, 8, 9][..]),
            (&[1, 1, 8, 9, 7], &[1, 8, 9]),
            (&[2, 1, 2, 8, 9, 9, 7], &[2, 1, 8, 9, 9]),
            (&[3, 0xc3, 1, 1, 1, 1, 8, 8, 8, 0, 7], &[3, 0xc3, 1, 1, 1, 8, 8, 8, 0]),
        ] {
            assert_eq!(take_delimited(bytes, &mut packet), Some(&[7][..]));
            assert_eq!(packet, expected);
        }
        assert_eq!(take_delimited(&[0, 3, 1], &mut packet), None);
    }
}
