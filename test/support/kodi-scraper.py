"""Kodi's source of titles in tests, which asks nobody: the names of files and folders are the titles."""

import sys
from urllib.parse import parse_qsl

import xbmcgui
import xbmcplugin

handle = int(sys.argv[1])
asked = dict(parse_qsl(sys.argv[2].lstrip("?")))
name = asked.get("url") or asked.get("title")


def item(title, **more):
    made = xbmcgui.ListItem(title, offscreen=True)
    made.setInfo("video", {"title": title, **more})
    return made


if asked["action"] == "find":
    xbmcplugin.addDirectoryItem(handle, name, item(name), isFolder=True)
elif asked["action"] == "getdetails":
    xbmcplugin.setResolvedUrl(handle, True, item(name, tvshowtitle=name, episodeguide=name))
elif asked["action"] == "getepisodelist":
    for number in range(1, 10):
        episode = item(f"Episode {number}", season=1, episode=number)
        xbmcplugin.addDirectoryItem(handle, f"Episode {number}", episode, isFolder=False)
elif asked["action"] == "getepisodedetails":
    xbmcplugin.setResolvedUrl(handle, True, item(name, season=1, episode=int(name.split()[1])))
xbmcplugin.endOfDirectory(handle)
