"""How the platforms look, as style sheets."""

PAGE = """<!doctype html><meta charset="utf-8"><style>
* {{ box-sizing: border-box; }} html {{ background: #fff; }}
body {{ margin: 0; display: inline-flex; gap: 14px; align-items: stretch; background: #fff; }}
section {{ width: {width}px; display: flex; flex-direction: column; border-radius: 16px; overflow: hidden; }} main {{ flex: 1; padding: 10px; }}
header {{ display: flex; align-items: center; gap: 10px; padding: 9px 13px; }} header b, header small {{ display: block; line-height: 1.25; }}
.text {{ white-space: pre-wrap; overflow-wrap: anywhere; }} .picture {{ position: relative; }} .picture img {{ display: block; width: 100%; object-fit: cover; }}
.film img {{ max-height: none !important; }}
.picture u {{ position: absolute; left: 50%; top: 50%; width: 46px; height: 46px; margin: -23px; border-radius: 50%; background: #0007; }}
.picture u::after {{ content: ""; position: absolute; left: 18px; top: 13px; border: solid transparent; border-width: 10px 0 10px 15px; border-left-color: #fff; }}
.picture tt {{ position: absolute; left: 8px; top: 8px; background: #0007; color: #fff; font: 11px sans-serif; padding: 1px 6px; border-radius: 9px; }}
{style}</style><body>{body}</body>"""

TELEGRAM = """
section { background: linear-gradient(165deg, #dbddbb, #a9c9a4 45%, #86b3a0); font: 14px/1.34 "Noto Sans", "Noto Color Emoji", sans-serif; }
header { background: #fff; border-bottom: 1px solid #0001; } header i { width: 36px; height: 36px; border-radius: 50%; background: linear-gradient(#ffb45e, #e8734a); }
header i::after { content: "F"; display: block; text-align: center; font: 600 18px/36px "Noto Sans"; color: #fff; } header small { color: #8a9099; font-size: 12px; }
.line { display: flex; margin: 4px 0; } .mine { justify-content: flex-end; } .all { max-width: 306px; }
.bubble { border-radius: 13px; background: #fff; box-shadow: 0 1px 1.5px #0002; overflow: hidden; width: fit-content; max-width: 100%; }
.mine .bubble { background: #e6fdcb; margin-left: auto; } .picture img { max-height: 306px; width: 306px; }
.text { padding: 6px 10px 7px; } .text::after { content: ""; display: block; clear: both; } .text time { float: right; margin: 4px 0 -2px 10px; font-size: 10.5px; color: #9aa3a8; } .mine .text time { color: #6bb35e; }
.command { color: #2f7ec2; } .reaction { display: inline-block; background: #cdeeb0; border-radius: 12px; padding: 1px 9px; font-size: 14px; }
.keys { margin-top: 3px; } .row { display: flex; gap: 3px; margin-bottom: 3px; }
.key { flex: 1; text-align: center; padding: 7px 3px; border-radius: 8px; background: #4a7668b3; color: #fff; font-weight: 500; font-size: 13px; white-space: nowrap; }
.file { display: flex; gap: 10px; align-items: center; padding: 8px 10px 0; } .file i { flex: none; width: 38px; height: 38px; border-radius: 50%; background: #4fa3e0; position: relative; }
.file i::after { content: ""; position: absolute; left: 12px; top: 9px; width: 14px; height: 19px; border-radius: 2px; background: #fff; }
.file b { display: block; font-weight: 500; color: #1c1c1c; overflow-wrap: anywhere; line-height: 1.2; } .file small { color: #8a9099; }
.who, .note, .used, .menu { display: none; }
"""

DISCORD = """
section { background: #313338; color: #dbdee1; font: 14.5px/1.38 "Noto Sans", "Noto Color Emoji", sans-serif; }
header { border-bottom: 1px solid #26272b; } header i::after { content: "#"; font: 500 23px "Noto Sans"; color: #80848e; } header b { color: #f2f3f5; } header small { display: none; }
.line { margin: 0 2px 15px; padding-left: 52px; position: relative; }
.line::before { content: "F"; position: absolute; left: 2px; top: 2px; width: 38px; height: 38px; border-radius: 50%; background: linear-gradient(#ffb45e, #e8734a);
  color: #fff; font: 600 19px/38px "Noto Sans"; text-align: center; } .mine::before { content: "A"; background: #5b8fd6; }
.line:has(.used)::before { top: 23px; } .used { color: #b5bac1; font-size: 12.5px; margin: 0 0 3px -18px; } .used::before { content: "╭─ "; color: #6d6f78; }
.who { font-weight: 600; color: #f2f3f5; } .who em { background: #5865f2; color: #fff; font: 600 9.5px "Noto Sans"; padding: 1px 5px; border-radius: 4px; margin-left: 6px; vertical-align: 1.5px; }
.who time { color: #949ba4; font-size: 11.5px; font-weight: 400; margin-left: 8px; } .text time { display: none; }
.bubble { display: flex; flex-direction: column; } .text { order: -1; } .mention, .command { background: #3c4270; color: #c9cdfb; border-radius: 3px; padding: 0 2px; }
.command { background: none; padding: 0; color: inherit; } .picture { width: 330px; margin-top: 6px; border-radius: 8px; overflow: hidden; } .picture img { max-height: 330px; }
.row { display: flex; flex-wrap: wrap; gap: 7px; margin-top: 8px; } .key { background: #4e5058; color: #fff; padding: 5px 14px; border-radius: 4px; font-weight: 500; font-size: 13.5px; }
.menu { display: flex; justify-content: space-between; background: #1e1f22; color: #949ba4; border-radius: 5px; padding: 9px 12px; margin-top: 8px; width: 396px; } .menu s { text-decoration: none; }
.file { display: flex; gap: 10px; align-items: center; background: #2b2d31; border: 1px solid #232428; border-radius: 8px; padding: 9px 12px; margin-top: 6px; width: 330px; }
.file i { flex: none; width: 26px; height: 34px; border-radius: 3px; background: #c9d0f5; position: relative; } .file i::after { content: ""; position: absolute; right: 0; top: 0; border: solid #2b2d31; border-width: 0 0 9px 9px; border-bottom-color: #8f9ae0; }
.file b { display: block; color: #00a8fc; font-weight: 400; } .file small { color: #949ba4; } .note { color: #949ba4; font-size: 12px; margin-top: 5px; } .note::before { content: "👁  "; }
.reaction { display: none; }
"""
