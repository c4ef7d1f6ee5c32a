"""Knows domains at which access providers give their customers addresses; no public list has them.

Their own people may have addresses there too: whose an address is does not show. The list is never whole, so nothing
may rest on a name not being in it (docs/access.md); staff can add to it.
"""

from partner_access.keys.text import words

ACCESS_PROVIDERS = words(
    """
    012.net.il 013.net.il 013net.net 123.cl 12move.nl 163.net 1und1.de 9online.fr aaisp.net.uk absamail.co.za
    accesscomm.ca accesstel.net acelerate.com actcom.co.il activ8.net.au actrix.co.nz adinet.com.uy
    africaonline.co.ke africaonline.co.tz afrihost.co.za agni.com airtel.net airtelbroadband.in airtelmail.in
    aitlbd.net ajato.com.br alaska.net algar.com.br alice-dsl.de alice-dsl.net alice.de aliceadsl.fr altibox.no
    amis.net amnet.co.cr amnet.net.au andinanet.net andorra.ad anet.net.tw apol.com.tw armstrongonewire.com arnes.si
    aruba.it arubapec.it arvig.net asahi-net.or.jp asianet.co.in asianetindia.com aster.pl astralnet.ro
    atlanticbb.net au.com auna.com auone-net.jp auone.jp aussiebb.com.au aussiebroadband.com.au axelero.hu axtel.net
    axxess.co.za azet.sk bahnhof.se bangla.net barak.net.il base.be batelco.com.bh batelco.jo batelnet.bs bbiq.jp
    bdcom.com bdmail.net bdonline.com belgacom.net bellaliant.net bellatlantic.net beotel.net besonet.ch
    biglobe.ne.jp bih.net.ba biz.net.id biznetvigator.com bkkfiber.no blic.net blu.it bn-paf.de bnet.hr
    bol-online.com bol.net.in bordernet.com.au bostream.nu botsnet.bw brain.net.pk bredband2.com brighthouse.com
    broadpark.no brturbo.com brturbo.com.br brutele.be btc-net.bg btl.net btopenworld.com buckeyecom.net bulpost.net
    byfly.by cable.net.co cablecolor.hn cablelink.at cablemas.com.mx cablenet.com.ar cableonda.net
    cablevision.net.mx caiw.nl caiway.nl callplus.net.nz canalbox.com candw.ky candw.lc cantv.net carib-link.net
    caribe.net caribsurf.com cbn.net.id cbox.cz cegetel.net centrin.net.id centrum.is centurylink.net cg.yu
    chariot.net.au chello.cz chello.hu chello.pl chello.sk chilesat.net choicecable.net chol.com cincinnatibell.net
    citechco.net citycable.ch ciudad.com.ar claro.net.co claro.net.do click21.com.br clicknet.ro club-internet.fr
    cmm.com.py cnc.jp cnv.at codetel.net.do cogeco.ca cogeco.net com-hem.se comhem.se commufa.jp comsats.net.pk
    comteco.com.bo concepts.nl conexion.com.py consolidated.net coopenet.com.ar copaco.com.py coqui.net
    coralwave.com corbina.ru cosmotemail.gr cotas.com.bo cotel.bo cpenet.com.ar crnagora.net csloxinfo.com
    ctimail.com ctk.ne.jp ctm.net ctv.es cura.net cw.dm cwgsy.net cwjamaica.com cwjamaica.net cwpanama.net
    cyber.net.pk cybercity.dk cyberia.net.lb cybersmart.co.za cyberway.com.sg cytanet.com.cy dartybox.com
    datamarkets.com.ar dataone.in datazug.ch dcsi.net.au dedicado.net.uy delta.nl demon.co.uk dhaka.net
    dhivehinet.net.mv dialog.net.pl dialogsl.net digi.ro digikabel.hu digiweb.ie dion.ne.jp distributel.net
    djaweb.dz dlc.fi dlgmail.dk dm.net.lb dnet.net.id dokom.net domru.ru dreamwiz.com dsa-net.dk dsl.net.pk
    dslextreme.com dti.ne.jp e-kolay.net eastlink.ca easynet.net.ec ebaana.net ebnett.no ecnet.ec edpnet.be
    edsamail.com.ph eim.ae emcali.net.co emirates.net.ae empal.com energimail.dk enet.com.np eniig.dk enitel.com.ni
    enivest.net entelchile.net entelnet.bo enternet.hu eolo.it eonet.ne.jp epm.net.co estpak.ee etb.net.co eth.net
    etheron.net ethome.net.tw eunet.rs eureka.lk euskalnet.net euskaltel.net ewe.net ewetel.net execulink.com
    externet.hu fairpoint.net farmside.co.nz fastweb.it fastwebnet.it fibermail.dk fibermail.hu firstmedia.com
    flash.net flow.cw flowja.com forthnet.gr fpt.vn freenetmail.de frisurf.no fsnet.co.uk gawnet.ch gelsennet.de
    get2net.dk getmail.no ggs.ch giga.net.tw global.co.za globalnet.co.uk globe.com.ph glocalnet.net gnet.tn
    go.com.jo gorge.net gotadsl.co.uk grande.com grandecom.net green.ch gtdmail.com gte.net gtt.co.gy guate.net
    guuk.eus guyana.net.gy hanafos.com hansenet.de haugnett.no hccnet.nl hdsnet.hu heag-media.net hesbynett.no
    het-net.nl hexabyte.tn hgc.com.hk hi-ho.ne.jp hinet.net hitel.net hknet.com hkstar.com hol.gr hondutel.hn
    hot.net.il hringdu.is htnet.hr htp-tel.de hughesnet.com i-cable.com i-next.net iafrica.com iam.net.ma
    ibest.com.br ibl.bm ibw.com.ni ice.co.cr icon.co.za iconnect.co.ke idm.net.lb ihug.co.nz ihug.com.au imagine.ie
    in.com in.gr inco.com.lb indigo.ie indo.net.id indosat.net.id inea.pl inet.co.th inet.fi inet.hr inexio.net
    infinitummail.com info.com.ph infonegocio.net.pe infonie.fr infostrada.it infoweb.ne.jp insightbb.com
    inspire.net.nz integra.com.sv intekom.co.za intelnet.net.gt inter.net.il interactive.net.ec intercable.net
    intercable.net.ve internet-zahav.net internet.gr internet.is internet.lu intnet.mu invitel.hu iol.cz iol.ie
    iplan.com.ar ish.de iskon.hr itelefonica.com.br iway.na iwayafrica.com izi.re jaring.my jazzfree.com jazztel.es
    jcom.home.ne.jp jerseymail.co.uk kabelbw.de kabelfoon.nl kabelmail.de kabelmail.dk kabelnettet.dk kabelplus.at
    kablonet.com.tr kabsi.at kanguru.pt karoo.co.uk kems.net kenyaonline.com kinect.co.nz knology.net kornet.net
    kpnplanet.nl ksc.th.com ksc15.th.com kyivstar.net kymp.net lantic.net latnet.lv legalmail.it libertypr.net
    libertysurf.fr lineone.net link.net link.net.id link3.net linkem.com liwest.at logic.bm logic.ky lounea.fi
    loxinfo.co.th lycos.co.kr lyse.net m-net.de madasafish.com madnet.rs magenta.at mageos.com magix.com.sg mail.dk
    mail.lt mail.lv mail.tele.dk manquehue.net manx.net masmovil.es matrix.com.br maxcom.net.mx mbn.or.jp mbnet.fi
    mdl.net mediacombb.net mediaserv.net megacable.com.mx megared.net.mx menanet.net menara.ma menta.net
    metrocast.net midco.net midcontinent.com mnet-mail.de mnet-online.de moldtelecom.md monornet.hu mopera.net
    mos.com.np movistar.cl movistar.co movistar.net.ve mozcom.com mt.net.mk mtnl.net.in mtnloaded.co.za mts-nn.ru
    mts.by mts.net multi.com.uy multikabel.nl multimedia.pl mundo-r.com mweb.co.zw mweb.com.na myfairpoint.net
    mymts.net mystarhub.com.sg myt.mu navegante.com.sv nayatel.com nbnet.nb.ca ncable.net.au nctc.com neostrada.pl
    nesma.net.sa net.com.br net.hr netactive.co.za netbox.cz netcologne.de netfront.net netgate.com.uy neti.ee
    netia.pl netlife.ec netmadeira.com netnam.vn netpar.com.br netplus.ch nets.com.jo netsite.com.br netvigator.com
    netvisao.pt netvision.net.il networksgy.com nextgentel.com nextra.sk ngs.ru nifty.com nitel.com.ng nm.ru
    nns.ne.jp noos.fr nord-com.net nordnet.fr northrock.bm nowo.pt ntc.net.np nvbell.net o2active.cz o2mail.de
    o2online.de ocn.ne.jp odn.ne.jp ofir.dk oi.com.br oi.net.br omantel.net.om on.net on.net.mk onda.com.br one.lt
    onelinkpr.net onetel.com onlime.ru online.de online.ee online.ua only.fr onsbrabantnet.nl onsnet.nl
    open.telekom.rs optima.hr optimum.net optinet.hr orange.jo orange.mu orange.net orange.nl orange.re orange.tn
    orangehome.co.uk orangemail.sk orcon.co.nz orcon.net.nz osnanet.de otenet.gr ownit.nu ownit.se pacific.net.hk
    pacific.net.ph pacific.net.sg paknet.com.pk paradise.net.nz paran.com passagen.se pathfinder.gr pchome.com.tw
    pec.it people.net.au pepephone.com personal.com.ar personal.com.py phnet.fi pikara.ne.jp pioneernet.net
    pipex.com plala.jp plala.or.jp planet.tn pldt.com.ph pldtdsl.net plex.nl plus.net plusnet.com plusnet.pl
    polka.co.za pop.com.br porta.net post.tele.dk poste.it postecert.it postoffice.co.uk pr.hu primacom.net
    primehome.com primus.ca primus.com.au privat.dk prodigymovil.com profibermail.dk proximus.be prtc.net psi.net.pa
    pt.lu ptcl.net.pk ptt.rs punto.net.ec pyur.com pyur.net qatar.net.qa qualitynet.net quick.cz quickline.ch
    quickline.com quix.de r.es r7.com racsa.co.cr rad.net.id raha.com razdva.cz rdslink.ro rdsmail.ro rdsnet.ro
    retemail.es rieder.net.py rogers.ca romandie.com romtelecom.ro saigonnet.vn salzburg-online.at sancharnet.com
    sancharnet.in sannet.ne.jp sasag.ch sasktel.net satnet.net satyam.net.in saudi.net.sa saunalahti.fi sbb.rs
    scarlet.be scs-net.org seed.net.tw sercomtel.com.br setarnet.aw sezampro.rs shinbiro.com sibmail.com simnet.is
    sinectis.com.ar siol.net sion.com skybroadband.com.ph skyweb.co.ke slingshot.co.nz slovanet.sk slt.lk sltnet.lk
    smartbro.net smile.net.il snap.net.nz so-net.ne.jp so-net.net.tw sodetel.net.lb solnet.ch sonera.fi sonic.net
    southernphone.com.au sparklight.net speakeasy.net speedy.com.ar speedy.com.br speedy.com.pe spin.net.au
    spinter.net sr.net starhub.net.sg starman.ee starnet.md start.ca start.no stofanet.dk stonline.sk streamyx.com
    suddenlink.net sunbeach.net supanet.com super.net.pk supercable.es supercable.net.ve superig.com.br
    supernet.com.bo suremail.gg surewest.net surnet.cl swbmail.de swiftng.com swipnet.se t-2.net t-2.si t-com.hr
    t-com.me t-com.sk t-email.hu t-home.mk t-mobilethuis.nl takas.lt talktalk.co.uk tango.lu tbaytel.net tcat.ne.jp
    tdc.dk tdcadsl.dk tedata.net.eg teksavvy.com tel.net.ba telcel.net.ve tele2.at tele2.ch tele2.de tele2.fr
    tele2.it tele2.se telecable.es telecel.com.py telecentro.com.ar telecom.na telefonica.net.pe telemach.ba
    telemach.net telemach.si telenet.nl teleos-web.de teleport.at telesal.net telesp.net.br telesur.sr teletu.it
    telia.ee telia.lt telkom.net.id tellas.gr telmex.net.co telpin.com.ar telsur.cl teol.net terra.com.mx
    terra.com.pe terra.com.ve terra.net.lb tesco.net tfn.net.tw three.com.au three.com.hk ticino.com tie.cl
    tigo.com.py tiki.ne.jp time.net.my tirol.com tiscali.ch tiscali.cz tiscali.fr tiscali.nl tiscalinet.it tm.net.my
    topnet.tn tot.co.th touchtelindia.net toya.net.pl tpnet.pl transact.bm trentino.net tricom.net triera.net
    trueinternet.co.th truemail.co.th tsn.cc tstt.net.tt ttnet.net.tr tttmaxnet.com turbonet.com.gt turk.net
    tutopia.com tutopia.com.co tvcablenet.be tyfonmail.se uai.com.br ukrtel.net une.net.co uniserve.com unitel.co.kr
    uolsinectis.com.ar upc.at upc.ch upcmail.at upcmail.cz upcmail.hu upcmail.ie upcmail.ro upcmail.sk upcpoczta.pl
    ur.ru url.com.tw utanet.at utlonline.co.ug vectranet.pl velcom.by veloxmail.com.br vera.com.uy verat.net
    verizon.net.do versanet.de versatel.be versatel.de vianet.ca vianet.com.np videotron.com videotron.qc.ca
    viettel.vn viopro.net vip.hr vipmail.hu virginmedia.ie virtua.com.br vivacom.bg vivo.com.br vivodinet.gr vo.lu
    vodafone.co.nz vodafone.es vodafone.ie vodafone.it vodafonemail.de voila.fr vol.at volia.net voliacable.com
    volja.net volny.cz voo.be vortex.is vsnl.net.in vtr.net vtxmail.ch vtxnet.ch waitrose.com wakwak.com
    wanadoo.co.uk wananchi.com wans.net waoo.dk wateen.net wave.co.nz wavecable.com webafrica.org.za webspeed.dk
    welho.com westel.net wilhelm-tel.de wind.gr wind.it wissal.dz wlink.com.np wo.cn wo.cz wol.net.pk
    worldcall.net.pk worldonline.co.za worldonline.fr wtnet.de wwz.ch wxs.nl xfinity.com xplornet.ca xplornet.com
    xsinet.co.za xuite.net ybb.ne.jp yebo.co.za yemen.net.ye yetnet.ch ymobile.ne.jp yoigo.com youmail.dk yousee.dk
    yubc.net zahav.net.il zajil.net zamnet.zm zaq.ne.jp zebra.lt zeelandnet.nl zen.co.uk zeop.re zol.co.zw
    zonmail.pt zoomtown.com zoznam.sk
    """
)
